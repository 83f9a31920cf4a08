using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>Tries a store that failed again and again, and notes what is owed to it, so that the status is true without anybody selecting anything. The proxies are kept meanwhile as before.</summary>
internal sealed partial class MendStore(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public string Name => "mend the store";

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await parts.Core.WhenAsync(_ => IsOwed, stop).ConfigureAwait(false);
            await Task.Delay(Interval, parts.Time, stop).ConfigureAwait(false);
            using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, TimeSpan.Zero, stop).ConfigureAwait(false);
            if (turn is null || !IsOwed)
            {
                continue;
            }

            try
            {
                await SettleAsync(turn, stop).ConfigureAwait(false);
            }
            catch (StoreException e)
            {
                parts.Core.SayStoreFailed(e.Message);
            }
        }
    }

    private bool IsOwed => parts.Core.Problems.Of(ProblemSource.Store) is not null || parts.Core.State is { ReleaseOwed: true } or { EndOwed: not null };

    private async Task SettleAsync(Turn turn, CancellationToken stop)
    {
        // A switchover that goes forward is not ended here.
        await Journal.SettleOwedAsync(parts, turn).ConfigureAwait(false);
        await parts.Store.ProbeAsync(stop).ConfigureAwait(false);
        if (parts.Core.Say(ProblemSource.Store, null))
        {
            IsBack(parts.Logger, parts.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: the store can be written again")]
    private static partial void IsBack(ILogger logger, string @switch);
}
