using System.Text.Json.Serialization;

namespace DbSwitch.Storage;

/// <summary>What a switchover cost its clients, and where its time went.</summary>
/// <param name="Phases">In their order; a phase that it did not come to is not there.</param>
/// <param name="Took">From the request to the end, what lies between the phases included.</param>
/// <param name="SessionsEnded">Sessions with another target that ended by themselves in the grace.</param>
/// <param name="SessionsDrained">Sessions that ended by themselves after the grace, in the longer time that the operator gave them.</param>
/// <param name="SessionsCut">Sessions that were cut, in old workers too.</param>
/// <param name="Waits">New connections that waited in the proxies that have the companion script; null where none has it.</param>
/// <param name="NotHeld">The proxies without the companion script: there a connection that came meanwhile was closed.</param>
public sealed record SwitchoverReport(
    IReadOnlyList<PhaseReport> Phases,
    TimeSpan Took,
    int SessionsEnded,
    int SessionsDrained,
    int SessionsCut,
    WaitReport? Waits,
    IReadOnlyList<string> NotHeld)
{
    /// <summary>What a person should know or do now, each a sentence.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

public sealed record PhaseReport(SwitchoverPhase Phase, TimeSpan Took);

/// <param name="Connections">How many waited, those that waited already when it began included.</param>
/// <param name="InVain">How many of them were closed because they may not wait longer, or gave up before.</param>
/// <param name="Longest">How long one of them waited at most.</param>
public sealed record WaitReport(long Connections, long InVain, TimeSpan Longest);

public enum SwitchoverPhase
{
    /// <summary>Every proxy is asked; nothing is touched.</summary>
    Guard,

    /// <summary>What the store took to write the journal's entry and the commit.</summary>
    Journal,

    /// <summary>Until every gate had paused: open transactions that came through it have ended.</summary>
    Pause,

    /// <summary>Until no client of any proxy reached any target, proven.</summary>
    Fence,

    /// <summary>The time that the configuration gives the old target to end what was delivered to it (<c>settle:</c>).</summary>
    Settle,

    /// <summary>What is done to the databases themselves; not for targets that are known by their address alone.</summary>
    Database,

    /// <summary>Until every proxy had confirmed that clients are let in.</summary>
    Activate,

    /// <summary>Until that was read back from every proxy.</summary>
    Verify,
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(SwitchoverReport))]
internal sealed partial class SwitchoverReportJson : JsonSerializerContext;
