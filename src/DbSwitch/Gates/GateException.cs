using DbSwitch.Model;

namespace DbSwitch.Gates;

/// <summary>A gate did not do what it was asked for.</summary>
/// <param name="message">Fit to follow the gate's name.</param>
public sealed class GateException(string message, Exception? inner = null) : Exception(PlainText.Of(message), inner)
{
    /// <summary>It has answered, and the answer was no; otherwise what became of the command is not known.</summary>
    public bool Refused { get; init; }

    /// <summary>Nobody listens there: no PgBouncer, and nobody who waits in it.</summary>
    public bool Gone { get; init; }
}
