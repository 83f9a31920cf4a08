using System.Collections.Concurrent;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>How the manager keeps its hands off a switch, and takes it up again.</summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan PauseDeadline = TimeSpan.FromSeconds(5);

    /// <returns>Null when it is paused; otherwise why not.</returns>
    /// <exception cref="StoreException">It could not be noted: the switch is not paused.</exception>
    public async Task<SwitchoverOutcome.Refused?> PauseAsync(PauseState pause, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (Hold is { } hold)
            {
                // A manager that keeps its hands off could not let them go on in time.
                return Conflict($"new connections wait, held by {hold.By} until {hold.Until:u}; let them go on first (dbswitch release)");
            }

            await _store.SavePauseAsync(Name, pause, cancel).ConfigureAwait(false);
            Pause = pause;
            Paused(Name, pause.By, pause.Reason);
            if (_keepers.Goal is { } goal)
            {
                // Who is in the middle of a step ends it first: from the answer on nothing is changed.
                await _keepers.ReachAsync(goal, r => r.Taken.Count == 0, PauseDeadline, cancel).ConfigureAwait(false);
            }

            return null;
        }
        catch (StoreException e)
        {
            StoreProblem = e.Message;
            throw;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <returns>What the keepers put back, proxy by proxy, once they have settled (or what hinders them).</returns>
    public async Task<IReadOnlyList<string>> ResumeAsync(string by, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel).ConfigureAwait(false);

        // What is done from here on, not what the latest look would have done: a server that somebody made ready since is among it.
        var taken = new ConcurrentQueue<(string Proxy, string Step)>();
        _keepers.Reported += Note;
        try
        {
            await _store.SavePauseAsync(Name, null, cancel).ConfigureAwait(false);
            Pause = null;
            Resumed(Name, by);
            if (_keepers.Goal is not { } goal)
            {
                _keepers.Nudge();
                return [];
            }

            var missing = await _keepers.ReachAsync(goal, r => r.Settled, TimeSpan.FromSeconds(5), cancel).ConfigureAwait(false);
            return
            [
                .. taken.Distinct().GroupBy(t => t.Proxy, t => t.Step).Select(p => $"{p.Key}: {string.Join(", ", p)}"),
                .. missing.Select(m => $"{m.Key}: {m.Value?.Problem ?? "still at work"}"),
            ];
        }
        finally
        {
            _keepers.Reported -= Note;
            _changing.Release();
        }

        void Note(CycleResult? before, CycleResult result)
        {
            foreach (var step in result.Taken)
            {
                taken.Enqueue((result.Proxy, CycleLog.Say(step)));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: paused by {By} ({Reason}); the manager looks, and changes nothing")]
    private partial void Paused(string @switch, string by, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: resumed by {By}")]
    private partial void Resumed(string @switch, string by);
}
