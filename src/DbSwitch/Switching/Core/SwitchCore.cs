using DbSwitch.Configuration;
using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Core;

/// <summary>
/// The one place in which a switch changes: its present state, the only lock, the keepers, and the notice of a change. Who wants to change something enters, and has the <see cref="Turn"/> alone;
/// whoever reads takes one state whole, and needs no lock.
/// </summary>
internal sealed class SwitchCore : IDisposable
{
    private static readonly TimeSpan HousekeepingPatience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turns = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _saying = new();
    private readonly TimeProvider _time;
    private volatile SwitchState _state;
    private volatile Turn? _present;
    private volatile SwitchProblems _problems = SwitchProblems.None;
    private Task? _end;

    public SwitchCore(SwitchConfiguration configuration, IEnumerable<ProxyLink> proxies, SwitchState state, TimeProvider time, ILoggerFactory loggers, Decide? decide = null)
    {
        (Configuration, _state, _time, Ending) = (configuration, state, time, _ending.Token);
        Keepers = new KeeperGroup(configuration.Backend, proxies, () => _state.Pause is not null, time, loggers, decide);
    }

    /// <summary>Raised when what the switch shows may be other than before, on whatever thread it became so: who listens takes note, and does the rest elsewhere.</summary>
    public event Action? Changed;

    /// <summary>Raised when a switchover comes to a phase, and at its end (null). The same holds for who listens.</summary>
    public event Action<SwitchoverRecord, SwitchoverPhase?>? Progressed;

    /// <summary>Raised each time that the store could not do what it was asked for.</summary>
    public event Action? StoreFailed;

    public SwitchConfiguration Configuration { get; }

    public KeeperGroup Keepers { get; }

    public SwitchState State => _state;

    /// <summary>What is wrong, in words: anybody may say so, also while another has the turn.</summary>
    public SwitchProblems Problems => _problems;

    /// <summary>Cancelled when the switch ends: its manager ends, or takes over another configuration.</summary>
    public CancellationToken Ending { get; }

    public bool HasEnded => Ending.IsCancellationRequested;

    /// <summary>
    /// Waits for the turn. A command does not wait for another one or for a switchover, which may take as long as a drain, but it does for housekeeping, which is short:
    /// an operator's way out must not depend on luck.
    /// </summary>
    /// <param name="patience">How long is waited for whoever has the turn; null for as long as a command waits.</param>
    /// <returns>Null when the turn was not had in that time, and always after the end.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was.</exception>
    public async Task<Turn?> EnterAsync(TurnKind kind, TimeSpan? patience, CancellationToken cancel)
    {
        if (patience is { } given)
        {
            return await TryAsync(kind, given, cancel).ConfigureAwait(false);
        }

        // Who is just coming or going is not known yet, or any more: in slices, so that a command that turns out to have come is not waited for.
        var since = _time.GetTimestamp();
        while (_present is not { Kind: TurnKind.Command, IsClosing: false } && !HasEnded && _time.GetElapsedTime(since) < HousekeepingPatience)
        {
            if (await TryAsync(kind, Slice, cancel).ConfigureAwait(false) is { } turn)
            {
                return turn;
            }
        }

        return await TryAsync(kind, TimeSpan.Zero, cancel).ConfigureAwait(false);
    }

    /// <summary>Waits until a selection is in force, or a person must say which.</summary>
    /// <returns>False when that took longer, or the switch has ended.</returns>
    public async Task<bool> DecidedAsync(TimeSpan patience, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Ending);
        try
        {
            await _decided.Task.WaitAsync(patience, _time, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Waits until the switch is as asked for.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task WhenAsync(Func<SwitchState, bool> condition, CancellationToken cancel)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (condition(_state))
            {
                reached.TrySetResult();
            }
        }

        Changed += Look;
        try
        {
            Look();
            await reached.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            Changed -= Look;
        }
    }

    /// <summary>From here on nobody gets the turn. Complete when whoever had it is done: nothing of this switch writes to the store any more.</summary>
    public Task EndAsync()
    {
        lock (_saying)
        {
            return _end ??= EndOnceAsync();
        }
    }

    /// <summary>Says what is wrong, or (null) that it is not any more.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Say(ProblemSource source, string? problem)
    {
        lock (_saying)
        {
            if (_problems.Of(source) == problem)
            {
                return false;
            }

            _problems = _problems.With(source, problem);
        }

        Tell();
        return true;
    }

    /// <summary>The store could not do what it was asked for. Every proxy stays as it is.</summary>
    public void SayStoreFailed(string problem)
    {
        Say(ProblemSource.Store, problem);
        StoreFailed?.Invoke();
    }

    public void Tell() => Changed?.Invoke();

    public void TellProgress(SwitchoverRecord record, SwitchoverPhase? phase)
    {
        Progressed?.Invoke(record, phase);
        Tell();
    }

    public void Dispose()
    {
        Keepers.Dispose();
        _ending.Dispose();
    }

    private async Task<Turn?> TryAsync(TurnKind kind, TimeSpan patience, CancellationToken cancel)
    {
        using var timer = patience > TimeSpan.Zero ? new CancellationTokenSource(patience, _time) : null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Ending, timer?.Token ?? CancellationToken.None);
        try
        {
            if (!await _turns.WaitAsync(patience == TimeSpan.Zero ? patience : Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(false))
            {
                return null;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }

        if (HasEnded)
        {
            // Who had it left because of the end, and it came to us instead of to whoever ends.
            _turns.Release();
            return null;
        }

        return _present = new Turn(this, kind);
    }

    private async Task EndOnceAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);

        // And never released.
        await _turns.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>For the turn alone: state, goal and notice change together.</summary>
    /// <param name="afresh">Whether every proxy is looked at again though the goal is the same.</param>
    internal void Swap(SwitchState next, bool afresh)
    {
        var (before, goal) = (Goals.Of(_state, Configuration), Goals.Of(next, Configuration));
        _state = next;
        if (afresh || goal != before)
        {
            Keepers.Set(goal);
        }

        if (next.IsInForce || next.NeedsPerson is not null)
        {
            _decided.TrySetResult();
        }

        Tell();
    }

    internal void Leave()
    {
        _present = null;
        _turns.Release();
        Tell();
    }
}

/// <summary>Who has the turn, and so how long others wait for it.</summary>
internal enum TurnKind
{
    /// <summary>A switchover, or another command that may take its time.</summary>
    Command,

    /// <summary>What a duty does in a moment.</summary>
    Housekeeping,
}
