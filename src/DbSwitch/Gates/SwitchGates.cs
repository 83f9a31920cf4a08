using DbSwitch.Configuration;
using DbSwitch.Databases;

namespace DbSwitch.Gates;

/// <summary>All gates of one switch.</summary>
public sealed class SwitchGates : IAsyncDisposable
{
    // Who forces has no time to lose.
    private static readonly TimeSpan ForcedPatience = TimeSpan.FromMilliseconds(500);

    private readonly IReadOnlyList<Gate> _gates;

    internal SwitchGates(IEnumerable<GateConfiguration> gates, TimeProvider time) => _gates = [.. gates.Select(g => new Gate(g, time))];

    internal bool IsEmpty => _gates.Count == 0;

    /// <summary>By name: the latest look at each; null before the first.</summary>
    public IReadOnlyDictionary<string, GateLook?> Latest => _gates.ToDictionary(g => g.Name, g => g.Latest);

    /// <summary>Whether a gate was paused when it was looked at last.</summary>
    internal bool AnyPaused => _gates.Any(g => g.Latest is { Facts.Paused: true });

    /// <summary>From the latest looks; nothing is asked.</summary>
    internal IEnumerable<Guard> Foreseen => _gates.Where(g => g.Latest is not null).Select(g => GateRules.Of(g.Configuration, g.Latest!));

    /// <summary>Asks all of them anew, at once.</summary>
    internal async Task<IReadOnlyList<Guard>> GuardAsync(CancellationToken cancel) => [.. (await LookAsync(true, cancel).ConfigureAwait(false)).Select(g => GateRules.Of(g.Gate, g.Look))];

    /// <summary>Asks all of them anew, at once.</summary>
    internal Task<IReadOnlyList<(GateConfiguration Gate, GateLook Look)>> LookAsync(CancellationToken cancel) => LookAsync(false, cancel);

    private async Task<IReadOnlyList<(GateConfiguration Gate, GateLook Look)>> LookAsync(bool tries, CancellationToken cancel) =>
        await Task.WhenAll(_gates.Select(async g => (g.Configuration, await g.LookAsync(tries, cancel).ConfigureAwait(false)))).ConfigureAwait(false);

    /// <summary>In every one clients wait, and none is in the middle of anything.</summary>
    /// <returns>Null when that is so; otherwise why not, and then some may be paused.</returns>
    internal Task<string?> PauseAsync(bool force, CancellationToken cancel) => EachAsync(g => g.PauseAsync(force && ForcedPatience < g.Configuration.Pause ? ForcedPatience : g.Configuration.Pause, cancel));

    /// <summary>Clients go on in every one, also where none waits.</summary>
    /// <returns>Null when that is so; otherwise why not.</returns>
    internal Task<string?> ResumeAsync(CancellationToken cancel) => EachAsync(g => g.ResumeAsync(cancel));

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates)
        {
            await gate.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string?> EachAsync(Func<Gate, Task> work)
    {
        var problems = (await Task.WhenAll(_gates.Select(async gate =>
        {
            try
            {
                await work(gate).ConfigureAwait(false);
                return null;
            }
            catch (GateException e)
            {
                return $"gate {gate.Name} {e.Message}";
            }
        })).ConfigureAwait(false)).OfType<string>().ToList();
        return problems.Count == 0 ? null : string.Join("; ", problems);
    }
}
