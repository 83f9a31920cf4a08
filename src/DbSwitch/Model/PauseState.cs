namespace DbSwitch.Model;

/// <summary>The manager keeps its hands off a switch: it observes and reports, and changes nothing until it is resumed.</summary>
public sealed record PauseState(string By, string Reason, DateTimeOffset Since);
