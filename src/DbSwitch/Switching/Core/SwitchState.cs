using System.Net;
using DbSwitch.Databases;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Switching.Core;

/// <summary>
/// All that is known and decided of one switch, at one moment. Immutable: whoever holds the <see cref="Turn"/> puts the next one in its place, and everybody else reads one whole.
/// What the proxies shall be like follows from it (<see cref="Goals"/>).
/// </summary>
internal sealed record SwitchState
{
    /// <summary>Null while nothing is known: the store is empty, and not every proxy could be asked yet.</summary>
    public Selection? Selection { get; init; }

    /// <summary>The selected target's address that the proxies have, or are to have: it changes by a switchover alone, never because a name resolves to another.</summary>
    public IPEndPoint? AddressInUse { get; init; }

    public PauseState? Pause { get; init; }

    public RunningHold? Hold { get; init; }

    /// <summary>Whether the selection is in force: not before the proxies have had a chance to contradict the store. Until then keepers look, and change nothing.</summary>
    public bool IsInForce { get; init; }

    /// <summary>Why nothing is done although something may be: a person must say what is selected. Null when none has to.</summary>
    public string? NeedsPerson { get; init; }

    /// <summary>The switchover that is under way; null when none is.</summary>
    public RunningSwitchover? Running { get; init; }

    /// <summary>What the keepers shall do now, beside keeping what is selected.</summary>
    public Stage Stage { get; init; }

    /// <summary>The highest generation that a switchover which was undone has told the proxies, where the store may not know of it; 0 for none.</summary>
    public long Undone { get; init; }

    /// <summary>The switchover that is committed and has no end in the journal yet.</summary>
    public SwitchoverRecord? Unfinished { get; init; }

    /// <summary>The selected target is not promoted yet: it is fenced like all others.</summary>
    public bool AwaitsPromotion { get; init; }

    /// <summary>An end, or a rollback, that the store could not note.</summary>
    public SwitchoverRecord? EndOwed { get; init; }

    /// <summary>A hold has ended, and the store could not forget it.</summary>
    public bool ReleaseOwed { get; init; }

    /// <summary>A switchover that was taken back, and whose databases may not be as before yet.</summary>
    public SwitchoverRecord? UndoOwed { get; init; }

    /// <summary>Who has closed the selected target's database to clients, where it is not ours to open it; null where nobody has, or nobody has looked yet.</summary>
    public Closure? ClosedByOther { get; init; }

    /// <summary>Clients are given back what they had before, and no other target was made ready since: a process left over from a reload that can't be asked can't lead anywhere else, and keeps nobody out.</summary>
    public bool Restores { get; init; }

    /// <summary>When the last switchover ended: what was seen of a database before says nothing about what it left.</summary>
    public DateTimeOffset LastEnd { get; init; }

    /// <summary>The attempts to follow the selected target to an address that failed after the fence; null for none.</summary>
    public FailedMove? FailedMove { get; init; }

    /// <summary>The generation in whose name the proxies are commanded: never below one that they may have heard of.</summary>
    public long Generation => Math.Max(Selection?.Generation ?? 0, Undone);

    /// <summary>What a switch begins with: what its store says, none of it in force yet.</summary>
    public static SwitchState From(StoredSwitch stored, TimeProvider time) => new()
    {
        Selection = stored.Selection,
        AddressInUse = stored.Selection?.Target is { } target ? stored.Addresses.GetValueOrDefault(target) : null,
        Pause = stored.Pause,
        Hold = RunningHold.Of(stored.Hold, time),
        ReleaseOwed = stored.Hold is not null && RunningHold.Of(stored.Hold, time) is null,
        Unfinished = stored.Unfinished,
        UndoOwed = stored.UndoOwed,
        AwaitsPromotion = stored.PromotionOwed,
    };
}

/// <summary>What the keepers shall do at the moment.</summary>
internal enum Stage
{
    /// <summary>Keep what is selected.</summary>
    Keep,

    /// <summary>The same, and read sessions: a guard finds out that they can be read. Nothing is touched.</summary>
    Look,

    /// <summary>Let nobody through to any database; have the next server present.</summary>
    Fence,

    /// <summary>Let clients in to the next server.</summary>
    Activate,
}

/// <summary>A switchover that is under way.</summary>
/// <param name="Abortion">How it is taken back.</param>
internal sealed record RunningSwitchover(SwitchoverRecord Record, SwitchoverPlan Plan, Abortion Abortion)
{
    public SwitchoverPhase? Phase { get; init; }

    /// <summary>Until when open sessions may end by themselves before they are cut; null while there is no fence under way.</summary>
    public DateTimeOffset? DrainsUntil { get; init; }
}

/// <summary>A hold, timed by a clock that nobody sets: the wall clock may be put forward or back meanwhile.</summary>
/// <param name="Said">As whoever asked for it was told, and as it is in the store.</param>
/// <param name="Began">When this manager began to time it, as a timestamp of the clock.</param>
/// <param name="Length">How long it lasts from then on.</param>
internal sealed record RunningHold(HoldState Said, long Began, TimeSpan Length)
{
    public TimeSpan Left(TimeProvider time) => Length - time.GetElapsedTime(Began);

    /// <summary>One that the store has: over a restart the wall clock is all there is, and it is not believed to make a hold longer than it was to be.</summary>
    /// <returns>Null for none, and for one whose time has passed.</returns>
    public static RunningHold? Of(HoldState? stored, TimeProvider time)
    {
        if (stored is null)
        {
            return null;
        }

        var (left, whole) = (stored.Until - time.GetUtcNow(), stored.Until - stored.Since);
        return left > TimeSpan.Zero ? new RunningHold(stored, time.GetTimestamp(), left < whole ? left : whole) : null;
    }
}

/// <param name="Failures">How many in a row.</param>
/// <param name="At">When the last one failed, as a timestamp of the clock.</param>
internal sealed record FailedMove(IPEndPoint Address, int Failures, long At);
