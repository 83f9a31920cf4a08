using System.Net;
using DbSwitch.Model;

namespace DbSwitch.Storage;

/// <summary>
/// What must survive the manager: each switch's selection, its generation, the switchover that is under way, its history. Every change of a selection compares the
/// generation first, so that two writers can never both win. Every method throws <see cref="StoreException"/> when the store can't do it; then nothing has changed.
/// </summary>
public interface ISwitchStore : IAsyncDisposable
{
    /// <summary>What tells this store from every other one, for as long as it lives: a copy of it has the same.</summary>
    string Identity { get; }

    /// <summary>All that is known of a switch; an empty one for a switch that was never selected.</summary>
    Task<StoredSwitch> LoadAsync(string name, CancellationToken cancel);

    /// <summary>Writes the first selection of a switch, and the address that it is served at; false when it has one already.</summary>
    Task<bool> InitializeAsync(string name, Selection selection, IPEndPoint? address, CancellationToken cancel);

    /// <summary>Writes another selection without a switchover, which is what clients have already; false when the generation is not <paramref name="expected"/> any more.</summary>
    Task<bool> TakeOverAsync(string name, long expected, Selection selection, IPEndPoint? address, CancellationToken cancel);

    /// <summary>Journals a switchover before anything is touched, and takes the next generation for it; null when the generation is not <paramref name="expected"/> any more.</summary>
    Task<SwitchoverRecord?> BeginAsync(string name, long expected, SwitchoverRequest request, DateTimeOffset now, CancellationToken cancel);

    /// <summary>The point from which it goes forward only: the selection is the new target's from now on.</summary>
    /// <param name="address">Where the new target is served, written together with it; null for none.</param>
    Task<Selection> CommitAsync(SwitchoverRecord switchover, IPEndPoint? address, DateTimeOffset now, CancellationToken cancel);

    /// <summary>Ends a switchover that was not committed: the selection stays what it was, under the next generation.</summary>
    /// <param name="owesUndo">Whether something that it did to the databases could not be taken back yet: it is remembered until <see cref="SettleUndoAsync"/>.</param>
    Task<Selection> RollBackAsync(SwitchoverRecord switchover, string message, bool owesUndo, DateTimeOffset now, CancellationToken cancel);

    /// <summary>The selected target's database is promoted, or does not have to be any more.</summary>
    Task SettlePromotionAsync(string name, CancellationToken cancel);

    /// <summary>What was done to the databases is taken back, or does not have to be any more.</summary>
    Task SettleUndoAsync(string name, CancellationToken cancel);

    /// <summary>Ends a committed switchover.</summary>
    Task EndAsync(SwitchoverRecord switchover, SwitchoverResult result, string message, DateTimeOffset now, CancellationToken cancel);

    Task<IReadOnlyList<SwitchoverRecord>> HistoryAsync(string name, int limit, CancellationToken cancel);

    Task<SwitchoverRecord?> FindAsync(string name, long id, CancellationToken cancel);

    Task SavePauseAsync(string name, PauseState? pause, CancellationToken cancel);

    Task SaveHoldAsync(string name, HoldState? hold, CancellationToken cancel);

    /// <summary>Writes something without a meaning, to learn whether it can be written.</summary>
    Task ProbeAsync(CancellationToken cancel);

    /// <summary>Writes a consistent copy of the whole store, as it is at one moment, while it is in use. A switchover that has not committed is left out: the copy is of before it.</summary>
    Task BackUpAsync(Stream destination, CancellationToken cancel);

    /// <summary>Remembers what a switch's clients come through, in place of what was remembered before: a configuration that loses sight of it is told from one that never had it.</summary>
    Task RememberProxiesAsync(string name, string backend, IReadOnlyList<KnownProxy> proxies, CancellationToken cancel);

    /// <summary>Notes an operator's word that a proxy may be taken out of a switch; false when no configuration with that proxy was ever in force.</summary>
    Task<bool> ReleaseProxyAsync(string name, string proxy, string by, CancellationToken cancel);

    /// <summary>Every switch that the store knows of.</summary>
    Task<IReadOnlyList<string>> SwitchesAsync(CancellationToken cancel);

    /// <summary>Remembers the last good address of a target, for the day on which its name does not resolve.</summary>
    Task SaveAddressAsync(string name, string target, IPEndPoint address, CancellationToken cancel);
}

/// <param name="Selection">Null for a switch that the store has never seen.</param>
/// <param name="Unfinished">The switchover that was under way when the manager ended, or null.</param>
public sealed record StoredSwitch(Selection? Selection, PauseState? Pause, SwitchoverRecord? Unfinished, IReadOnlyDictionary<string, IPEndPoint> Addresses)
{
    public HoldState? Hold { get; init; }

    /// <summary>A switchover that was taken back, and whose databases may not be as before yet; null when nothing is owed to them.</summary>
    public SwitchoverRecord? UndoOwed { get; init; }

    /// <summary>Whether what is selected was to be promoted, and nobody has noted that it is: no client is let in before.</summary>
    public bool PromotionOwed { get; init; }

    /// <summary>The backend that its clients come through; null for a switch that no configuration of this format was in force for.</summary>
    public string? Backend { get; init; }

    /// <summary>The proxies that its clients come through, as of the last configuration that was in force.</summary>
    public IReadOnlyList<KnownProxy> Proxies { get; init; } = [];
}

/// <summary>A proxy that a switch's clients come through.</summary>
/// <param name="Api">Where its Runtime API is, as the configuration has it.</param>
/// <param name="Master">Where its master socket is; null for none.</param>
/// <param name="ReleasedBy">Who has said that it may be taken out; null while nobody has.</param>
public sealed record KnownProxy(string Name, string Api, string? Master, string? ReleasedBy = null);

/// <param name="Target">Null for none.</param>
public sealed record SwitchoverRequest(string? Target, string By, string Reason)
{
    /// <summary>Proxies that are not waited for and not proven: the one way past "one database at a time", and an operator's word that no client comes through them.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>The operator knows better than the guards of the target's database. What protects from two databases at once can't be skipped.</summary>
    public bool Force { get; init; }

    /// <summary>A promotion belongs to it: it is owed from the commit on.</summary>
    public bool Promotes { get; init; }

    /// <summary>The target was found to have taken the selected one's place: it is not compared with that one again, which may be gone.</summary>
    public bool Follows { get; init; }

    /// <summary>What the guards said and was passed over, as a part of a sentence; empty for nothing.</summary>
    public string Overridden { get; init; } = "";

    /// <summary>What the operator takes upon himself by it, as a part of a sentence; empty for nothing.</summary>
    public string Waivers => string.Join("; ", ((string?[])
    [
        Without.Count > 0 ? $"without {string.Join(" and ", Without)}, at the operator's request" : null,
        Overridden.Length > 0 ? Overridden : null,
    ]).OfType<string>());
}

public enum SwitchoverResult
{
    /// <summary>Still under way.</summary>
    Running,

    /// <summary>Clients go to the new target, on every proxy.</summary>
    Succeeded,

    /// <summary>Clients are where they were.</summary>
    RolledBack,

    /// <summary>The new target is selected, but not every proxy serves it yet.</summary>
    Partial,
}

/// <summary>One switchover, as journalled and as history keeps it.</summary>
/// <param name="Generation">The generation that its new selection has.</param>
/// <param name="Committed">Whether the selection has changed: before that it can only be undone, after it only go forward.</param>
/// <param name="Message">The final sentence; empty while it runs.</param>
public sealed record SwitchoverRecord(
    long Id,
    string Switch,
    long Generation,
    string? From,
    string? To,
    string By,
    string Reason,
    DateTimeOffset Started,
    bool Committed,
    DateTimeOffset? Ended,
    SwitchoverResult Result,
    string Message)
{
    /// <summary>What the operator took upon himself, as a part of a sentence; empty for nothing.</summary>
    public string Waivers { get; init; } = "";

    /// <summary>Its target is to be promoted, and that is not done yet.</summary>
    public bool OwesPromotion { get; init; }

    /// <summary>What it cost; null while it runs, and for one that another manager, or none, brought to its end.</summary>
    public SwitchoverReport? Report { get; init; }
}

/// <summary>The store could not do it, and why, with what to do. Nothing has changed in it.</summary>
public class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another manager has the store.</summary>
public sealed class StoreInUseException(string message, Exception? inner = null) : StoreException(message, inner);
