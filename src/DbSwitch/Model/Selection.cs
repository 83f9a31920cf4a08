namespace DbSwitch.Model;

/// <summary>Which target a switch's clients are sent to, since when, by whom and why.</summary>
/// <param name="Target">The selected target's name; null for none.</param>
/// <param name="Generation">Grows with every switchover and every rollback, and never falls.</param>
/// <param name="By">Who asked for it.</param>
public sealed record Selection(string? Target, long Generation, DateTimeOffset Since, string By, string Reason);
