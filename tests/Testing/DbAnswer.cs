namespace DbSwitch.Testing;

/// <summary>What a client got for a line: an answer, or the reason why not.</summary>
/// <param name="Line">Without its line end; null when there was none.</param>
/// <param name="Reason">Why there was none; null when there was one.</param>
public sealed record DbAnswer(string? Line, NoAnswer? Reason);

/// <summary>Why a client got no answer.</summary>
public enum NoAnswer
{
    /// <summary>Nobody listened.</summary>
    Refused,

    /// <summary>The connection ended, by a close or a reset.</summary>
    Closed,

    /// <summary>Nothing came within the time.</summary>
    TimedOut,
}
