namespace DbSwitch.Testing;

/// <summary>A line that reached a database.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Text">Without its line end.</param>
public sealed record ReceivedRequest(DateTimeOffset At, string Text);
