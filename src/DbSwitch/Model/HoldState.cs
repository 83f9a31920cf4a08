namespace DbSwitch.Model;

/// <summary>New connections wait although a target is selected, for a backup or a restart of it; open sessions go on. It ends by itself.</summary>
/// <param name="Until">When they go on at the latest.</param>
public sealed record HoldState(string By, string Reason, DateTimeOffset Since, DateTimeOffset Until);
