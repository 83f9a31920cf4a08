using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;

namespace DbSwitch.Databases;

/// <summary>One kind of database: how it is asked, and what must hold before clients are sent to it. One folder for each, and a line in <c>DatabaseKinds</c>.</summary>
internal interface IDatabaseKind
{
    /// <summary>How it is written in the configuration file.</summary>
    IDatabaseBinder Binder { get; }

    /// <summary>The way to one target's database. Connects to nothing yet.</summary>
    IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time);

    /// <summary>What must hold before clients are sent to the next target, beside that it can be reached. Pure.</summary>
    IEnumerable<Guard> Guards(GuardQuestion question);

    /// <summary>
    /// How a target that is no replica any more becomes one of the selected one: lines to paste, those that begin with # for people. Pure. Empty where it is one already, where nobody has to do it by
    /// hand, and where nothing is known.
    /// </summary>
    IReadOnlyList<string> RejoinSteps(TargetState old, TargetState selected) => [];

    /// <summary>What makes a target follow the selected one, by the latest looks at both; null where it does already, where somebody else sees to it, and while nothing is known of one of them. Pure.</summary>
    IAttachment? AttachmentOf(TargetState other, TargetState selected, TimeProvider time) => null;

    /// <summary>Whether targets of this configuration are made to follow by us at all.</summary>
    bool Attaches(TargetConfiguration target) => false;

    /// <summary>What a switchover does to the databases themselves; null where the configuration says that it does nothing.</summary>
    IPromotion? PromotionOf(PromotionRequest request, TimeProvider time);
}

/// <summary>Asks one target's database.</summary>
internal interface IDatabaseProbe : IAsyncDisposable
{
    /// <summary>How long after one look the next one comes, when nobody wants to know.</summary>
    TimeSpan Interval { get; }

    /// <summary>One look. Whoever calls has a deadline and may leave it behind: it must end by itself some day, and hold nothing that another call needs.</summary>
    /// <param name="fresh">A connection of its own, which proves that a new client would be let in; otherwise an open one may serve.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel);
}

/// <param name="Present">The target whose place is taken; null for none, and where nothing is left to do there.</param>
/// <param name="Force">The operator knows that the present one can't be asked.</param>
internal sealed record PromotionRequest(TargetConfiguration? Present, IPEndPoint? PresentAddress, TargetConfiguration Next, IPEndPoint NextAddress, bool Force);

/// <param name="Reason">Why it is not healthy, fit to follow the target's name; null when it is.</param>
internal sealed record ProbeAnswer(Health Health, string? Reason = null, DatabaseFacts? Facts = null);
