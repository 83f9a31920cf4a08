namespace DbSwitch.Judging;

public enum Severity
{
    /// <summary>Clients are served, and the next fault will hurt.</summary>
    Warning,

    /// <summary>Clients get no answer, or data is in danger, or nobody keeps the switch.</summary>
    Error,
}

/// <summary>One thing that is not as it should be: <c>status</c>, the API, the page, the metrics and the exit code of <c>status --check</c> all read it.</summary>
/// <param name="Code">One word or a few with hyphens, for programs: docs/operating.md lists them.</param>
/// <param name="About">The target or the proxy; empty for the whole switch.</param>
/// <param name="Sentence">What is wrong and how it is known, without a full stop.</param>
public sealed record SwitchFinding(string Code, Severity Severity, string About, string Sentence)
{
    /// <summary>What to do, and what to type; empty where the sentence says it, or nothing is to be done.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>Lines to paste, those that begin with # for people.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>It is about a proxy, whose name its sentence begins with.</summary>
    public bool IsOfProxy { get; init; }

    /// <summary>In one line.</summary>
    public override string ToString() => Remedy.Length == 0 ? Sentence : $"{Sentence}. {Remedy}";
}
