using DbSwitch.Keeping;

namespace DbSwitch.Switching.Core;

/// <summary>The right to change a switch, which one has at a time. No turn, no write. Turns do not nest: what needs one takes it as a parameter.</summary>
internal sealed class Turn(SwitchCore core, TurnKind kind) : IDisposable
{
    private int _left;

    public TurnKind Kind => kind;

    /// <summary>What took its time is done, and the turn ends in a moment: who comes now waits for that.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>The present state: nobody else changes it meanwhile.</summary>
    public SwitchState State => core.State;

    /// <summary>Puts a state in the present one's place; keepers get the goal that follows from it, and everybody is told.</summary>
    /// <exception cref="ObjectDisposedException">The turn is over.</exception>
    public void Set(SwitchState next) => Swap(next, afresh: false);

    /// <summary>The same, and waits until every proxy reports, after it, what is asked for.</summary>
    /// <param name="hopeless">What no waiting can mend: then the deadline is not waited for. Null when all is waited for.</param>
    /// <param name="without">Proxies that get the goal like the others, and are not waited for.</param>
    /// <returns>The results that fall short when the deadline has passed, by proxy; null for a proxy that has not reported. Empty when all is reached.</returns>
    public Task<IReadOnlyDictionary<string, CycleResult?>> ReachAsync(
        SwitchState next, Func<CycleResult, bool> reached, TimeSpan deadline, CancellationToken cancel, Func<CycleResult, bool>? hopeless = null, IReadOnlyCollection<string>? without = null)
    {
        Swap(next, afresh: true);
        return core.Keepers.ReachAsync(reached, deadline, cancel, hopeless, without);
    }

    public void Close() => IsClosing = true;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            core.Leave();
        }
    }

    private void Swap(SwitchState next, bool afresh)
    {
        ObjectDisposedException.ThrowIf(_left == 1, this);
        core.Swap(next, afresh);
    }
}
