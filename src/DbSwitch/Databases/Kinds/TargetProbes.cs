using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Keeping;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Databases.Kinds;

/// <summary>
/// Looks at the databases behind one switch's targets, each in a loop of its own: one that hangs delays nothing. What it sees changes nothing by itself:
/// it is shown, and asked anew when a switchover begins.
/// </summary>
public sealed partial class TargetProbes : IAsyncDisposable
{
    /// <summary>For one look. A target that takes longer to say that it is there is none to send clients to.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    // What is tried may take as long as it has in a switchover, and the connections to it.
    private static readonly TimeSpan RehearsalDeadline = TimeSpan.FromSeconds(5);

    // Who forces has no time to lose, and is told all the same.
    private static readonly TimeSpan ShortDeadline = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, TargetState> _targets;
    private readonly Dictionary<string, Pulse> _pulses;
    private readonly Func<string, IPEndPoint?> _addressOf;
    private readonly string _switch;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <param name="kinds">Null for all that are known.</param>
    public TargetProbes(SwitchConfiguration configuration, Func<string, IPEndPoint?> addressOf, TimeProvider time, ILogger logger, DatabaseKinds? kinds = null)
    {
        kinds ??= DatabaseKinds.Known;
        _targets = configuration.Targets.Values.ToDictionary(t => t.Name, t => new TargetState(t, kinds.Of(t), time));
        _pulses = _targets.Keys.ToDictionary(t => t, _ => new Pulse(time));
        (_switch, _addressOf, _time, _logger) = (configuration.Name, addressOf, time, logger);
    }

    /// <summary>Raised when a target turned out to be another than before: its health, the reason, what it is. Numbers alone are no news.</summary>
    public event Action? Changed;

    /// <summary>The latest look at a target; null before the first.</summary>
    public Probe? Latest(string target) => _targets[target].Latest;

    /// <summary>What a target last told about itself, however long ago; null for never.</summary>
    public DatabaseFacts? Known(string target) => _targets[target].Known;

    /// <summary>How a target becomes a replica of the selected one again, as lines to paste; empty where nothing is to be done by hand.</summary>
    public IReadOnlyList<string> RejoinSteps(string target, string? selected) => selected is null || selected == target ? [] : _targets[target].Kind.RejoinSteps(_targets[target], _targets[selected]);

    /// <summary>Every target that may be asked without need is asked now, not at the next tick.</summary>
    public void AskAgain()
    {
        foreach (var pulse in _pulses.Values)
        {
            pulse.Nudge();
        }
    }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_targets.Values.Select(t => RunAsync(t, stop)));

    /// <summary>What the guards say of a switchover now, from the latest looks; nothing is asked.</summary>
    public IReadOnlyList<Guard> Foreseen(string target, string? present) => _targets[target].Latest is { } probe
        ? GuardRules.Of(new GuardQuestion(_targets[target], probe, StateOf(present), StateOf(present)?.Latest))
        : [];

    /// <summary>Asks both databases anew, at once, and says what the guards say.</summary>
    /// <param name="present">The target that clients go to now; null for none.</param>
    public Task<IReadOnlyList<Guard>> GuardAsync(string target, string? present, bool force, CancellationToken cancel) =>
        GuardAsync(target, present, force, new Closure("", _switch, 0, 0, target, _addressOf(target)), cancel);

    /// <param name="by">Whose switchover it is to be; it has no generation yet.</param>
    internal async Task<IReadOnlyList<Guard>> GuardAsync(string target, string? present, bool force, Closure by, CancellationToken cancel)
    {
        var deadline = force ? ShortDeadline : Deadline;
        var asking = _targets[target].AskAsync(_addressOf(target), fresh: true, deadline, cancel);
        var askingPresent = StateOf(present)?.AskAsync(_addressOf(present!), fresh: true, deadline, cancel);
        var guards = GuardRules.Of(new GuardQuestion(_targets[target], await asking.ConfigureAwait(false), StateOf(present), askingPresent is null ? null : await askingPresent.ConfigureAwait(false)));

        // What is refused anyway is not tried.
        return guards.All(g => g.Verdict == GuardVerdict.Passed) && present is not null ? [.. guards, .. await RehearseAsync(target, present, force, by, cancel).ConfigureAwait(false)] : guards;
    }

    /// <summary>Whether somebody else promotes, and clients follow.</summary>
    internal bool Follows => _targets.Values.Any(t => t.Configuration.Database.Follows);

    /// <summary>Whether a switchover to it does something to the databases themselves, whatever its address.</summary>
    internal bool MayPromote(string target) => _targets[target].Configuration.Database.Promotes;

    /// <summary>Whether clients are kept from a target that comes back without its data.</summary>
    internal bool HoldsWhenEmpty => _targets.Values.Any(t => t.Configuration.Database.HoldsWhenEmpty);

    /// <summary>Whether targets that are not selected are made to follow the selected one by us.</summary>
    internal bool Attaches => _targets.Values.Any(t => t.Kind.Attaches(t.Configuration));

    /// <summary>What makes a target follow the selected one, by the latest looks; null for nothing.</summary>
    internal IAttachment? AttachmentTo(string target, string selected) =>
        target != selected && _targets[target].Kind.Attaches(_targets[target].Configuration) ? _targets[target].Kind.AttachmentOf(_targets[target], _targets[selected], _time) : null;

    /// <summary>New looks at all of them, at once.</summary>
    internal Task LookAnewAsync(CancellationToken cancel) => Task.WhenAll(_targets.Values.Select(t => t.AskAsync(_addressOf(t.Name), fresh: true, Deadline, cancel)));

    /// <summary>Where clients are to go from the selected target, by the latest looks.</summary>
    internal FollowAnswer Follow(string selected) => FollowRules.Decide(Followed(_targets[selected]), [.. _targets.Values.Where(t => t.Name != selected).Select(Followed)]);

    /// <summary>The same, by new looks at all of them: one that refused connections a second ago may take writes again.</summary>
    internal async Task<FollowAnswer> FollowAnewAsync(string selected, CancellationToken cancel)
    {
        await LookAnewAsync(cancel).ConfigureAwait(false);
        return Follow(selected);
    }

    /// <summary>What a switchover would do to the databases themselves; null for nothing.</summary>
    internal IPromotion? PromotionTo(string? target, string? present, bool force) => target is not null && _addressOf(target) is { } address
        ? _targets[target].Kind.PromotionOf(new PromotionRequest(StateOf(present)?.Configuration, present is null ? null : _addressOf(present), _targets[target].Configuration, address, force), _time)
        : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var target in _targets.Values)
        {
            await target.DisposeAsync().ConfigureAwait(false);
            _pulses[target.Name].Dispose();
        }
    }

    private async Task<IReadOnlyList<Guard>> RehearseAsync(string target, string present, bool force, Closure by, CancellationToken cancel)
    {
        if (PromotionTo(target, present, force) is not { } promotion)
        {
            return [];
        }

        var deadline = force ? ShortDeadline : RehearsalDeadline;
        using var timer = new CancellationTokenSource(deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        await using (promotion.ConfigureAwait(false))
        {
            try
            {
                return await promotion.RehearseAsync(by, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return [new Guard("rehearsal", GuardVerdict.Unknown, $"what the switchover needs of {present} and {target} could not be tried within {deadline.TotalSeconds:0.#} s")];
            }
        }
    }

    private static FollowedTarget Followed(TargetState target) => new(target.Name, target.Latest, target.Known);

    private TargetState? StateOf(string? target) => target is null ? null : _targets[target];

    private async Task RunAsync(TargetState target, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (target.Latest?.Facts?.WhyNotAskedAgain is null)
            {
                var before = target.Latest;
                var now = await target.AskAsync(_addressOf(target.Name), fresh: false, Deadline, stop).ConfigureAwait(false);
                Tell(target.Name, before, now, stop);
            }

            await _pulses[target.Name].WaitAsync(target.Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(string target, Probe? before, Probe now, CancellationToken stop)
    {
        if (stop.IsCancellationRequested || (before?.Health, before?.Reason, before?.Facts?.Summary) == (now.Health, now.Reason, now.Facts?.Summary))
        {
            return;
        }

        Changed?.Invoke();

        if (now.Health == Health.Healthy)
        {
            IsHealthy(_switch, target, now.Facts?.Summary is { Length: > 0 } summary ? $" ({summary})" : "");
        }
        else
        {
            IsNotHealthy(_switch, target, now.Reason!);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} answers{Facts}")]
    private partial void IsHealthy(string @switch, string target, string facts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Target} {Reason}")]
    private partial void IsNotHealthy(string @switch, string target, string reason);
}
