using System.Net;
using DbSwitch.Databases;

namespace DbSwitch.Switching.Core;

/// <summary>What one switchover is to do.</summary>
/// <param name="To">The target that is to be selected; null for none.</param>
/// <param name="Address">Where it is; null for none.</param>
/// <param name="Generation">The one that its selection will have.</param>
/// <param name="Grace">How long open sessions may end by themselves before they are cut.</param>
/// <param name="Settle">How long is waited between the fence and the commit.</param>
/// <param name="Without">Proxies that are not waited for.</param>
/// <param name="Watch">Runs since the request.</param>
internal sealed record SwitchoverPlan(string? To, IPEndPoint? Address, long Generation, TimeSpan Grace, TimeSpan Settle, IReadOnlyList<string> Without, PhaseWatch Watch)
{
    private readonly List<string> _notes = [];

    /// <summary>What is done to the databases themselves; null for nothing.</summary>
    public IPromotion? Promotion { get; init; }

    /// <summary>Whether the clients of gates are made to wait: not where nobody has planned it, and open transactions have nobody to end them.</summary>
    public bool Pauses { get; init; }

    /// <summary>Nothing was in force before, and the proxies served different targets: those are not given back to clients, whatever fails.</summary>
    public bool ResolvesDisagreement { get; init; }

    /// <summary>The operator wants it, also where gates can't be paused.</summary>
    public bool Force { get; init; }

    /// <summary>What a person should know or do afterwards, each a sentence.</summary>
    public IReadOnlyList<string> Notes => [.. _notes, .. Promotion?.Notes ?? []];

    public void Note(string sentence) => _notes.Add(sentence);
}
