namespace DbSwitch.Switching.Core;

/// <summary>Where a problem of a switch comes from: each has one at a time.</summary>
internal enum ProblemSource
{
    /// <summary>The store could not be written when it last was tried.</summary>
    Store,

    /// <summary>The selected target's database is not what it shall be, and is being put right.</summary>
    Database,

    /// <summary>Nobody leads, or who leads can't be followed.</summary>
    Primary,

    /// <summary>The selected database came back without its data.</summary>
    Empty,

    /// <summary>A target that is not selected does not follow the selected one, and is to.</summary>
    Replica,

    /// <summary>Clients may still wait in a gate although no switchover is under way.</summary>
    Gate,

    /// <summary>The selected target's new address is not in use yet.</summary>
    Address,

    /// <summary>The manager waits for proxies before it does anything.</summary>
    Start,

    /// <summary>A loop has ended by an unexpected error: nobody keeps this switch.</summary>
    Stopped,
}

/// <summary>What is wrong with a switch, in words. Immutable.</summary>
internal sealed class SwitchProblems
{
    public static readonly SwitchProblems None = new(new string?[Enum.GetValues<ProblemSource>().Length]);

    private readonly string?[] _words;

    private SwitchProblems(string?[] words) => _words = words;

    public string? Of(ProblemSource source) => _words[(int)source];

    public SwitchProblems With(ProblemSource source, string? problem)
    {
        var words = (string?[])_words.Clone();
        words[(int)source] = problem;
        return new SwitchProblems(words);
    }
}
