using System.Collections.Concurrent;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Commands;

/// <summary>How the manager keeps its hands off a switch, and takes it up again.</summary>
internal sealed partial class Pausing(SwitchParts parts, OperatorCommands commands)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public async Task<RequestOutcome> PauseAsync(PauseState pause, CancellationToken cancel)
    {
        var request = new CommandRequest(Command.Pause, new SwitchoverRequest(null, pause.By, pause.Reason), TimeSpan.Zero, "");
        return RequestOutcome.Of(await commands.DoAsync(request, () => PauseAloneAsync(request.Turn, pause, cancel), cancel).ConfigureAwait(false), []);
    }

    public async Task<RequestOutcome> ResumeAsync(string by, CancellationToken cancel)
    {
        IReadOnlyList<string> putBack = [];
        var request = new CommandRequest(Command.Resume, new SwitchoverRequest(null, by, ""), TimeSpan.Zero, "");
        var outcome = await commands.DoAsync(
            request,
            async () =>
            {
                var wasPaused = request.Turn.State.Pause is not null;
                putBack = await ResumeAloneAsync(request.Turn, by, cancel).ConfigureAwait(false);
                return new SwitchoverOutcome.Unchanged($"{parts.Name} {(!wasPaused ? "was not paused." : putBack.Count == 0 && request.Turn.State.IsInForce ? "is resumed; every proxy was as it should be." : "is resumed.")} {Clients.Now(request.Turn.State)}");
            },
            cancel).ConfigureAwait(false);
        return RequestOutcome.Of(outcome, putBack);
    }

    private async Task<SwitchoverOutcome> PauseAloneAsync(Turn turn, PauseState pause, CancellationToken cancel)
    {
        await parts.Store.SavePauseAsync(parts.Name, pause, cancel).ConfigureAwait(false);
        Paused(parts.Logger, parts.Name, pause.By, pause.Reason);
        if (Goals.Of(turn.State, parts.Configuration) is null)
        {
            turn.Set(turn.State with { Pause = pause });
        }
        else
        {
            // Who is in the middle of a step ends it first: from the answer on nothing is changed.
            await turn.ReachAsync(turn.State with { Pause = pause }, r => r.Taken.Count == 0, Deadline, cancel).ConfigureAwait(false);
        }

        return new SwitchoverOutcome.Unchanged($"{parts.Name} is paused: the manager looks and changes nothing until it is resumed. {Clients.Now(turn.State)} A proxy that restarts serves nothing meanwhile.");
    }

    /// <returns>What the keepers put back, proxy by proxy, once they have settled (or what hinders them).</returns>
    private async Task<IReadOnlyList<string>> ResumeAloneAsync(Turn turn, string by, CancellationToken cancel)
    {
        // What is done from here on, not what the latest look would have done: a server that somebody made ready since is among it.
        var taken = new ConcurrentQueue<(string Proxy, string Step)>();
        parts.Core.Keepers.Reported += Note;
        try
        {
            await parts.Store.SavePauseAsync(parts.Name, null, cancel).ConfigureAwait(false);
            Resumed(parts.Logger, parts.Name, by);
            if (Goals.Of(turn.State, parts.Configuration) is null)
            {
                turn.Set(turn.State with { Pause = null });
                parts.Core.Keepers.Nudge();
                return [];
            }

            var missing = await turn.ReachAsync(turn.State with { Pause = null }, r => r.Settled, Deadline, cancel).ConfigureAwait(false);
            return
            [
                .. taken.Distinct().GroupBy(t => t.Proxy, t => t.Step).Select(p => $"{p.Key}: {string.Join(", ", p)}"),
                .. missing.Select(m => $"{m.Key}: {m.Value?.Problem ?? "still at work"}"),
            ];
        }
        finally
        {
            parts.Core.Keepers.Reported -= Note;
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
    private static partial void Paused(ILogger logger, string @switch, string by, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: resumed by {By}")]
    private static partial void Resumed(ILogger logger, string @switch, string by);
}
