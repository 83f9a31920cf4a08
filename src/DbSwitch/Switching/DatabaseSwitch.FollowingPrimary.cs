using DbSwitch.Databases;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>Where somebody else promotes (<c>promote: follow</c>): clients are sent after the one writable primary, by an ordinary switchover with its fence.</summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(250);

    // Whoever promotes takes a few seconds for it, and nothing is wrong meanwhile.
    private static readonly TimeSpan PromotionPatience = TimeSpan.FromSeconds(5);

    private async Task FollowPrimaryAsync(CancellationToken stop)
    {
        if (!Probes.Follows)
        {
            return;
        }

        long? leaderlessSince = null;
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(FollowInterval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_believed || Pause is not null || _running is not null || Selection?.Target is not { } selected)
            {
                continue;
            }

            var answer = Probes.Follow(selected);
            leaderlessSince = answer is FollowAnswer.NobodyLeads ? leaderlessSince ?? _time.GetTimestamp() : null;
            if (answer is not FollowAnswer.Go go)
            {
                Say(answer switch
                {
                    FollowAnswer.AskPerson ask => ask.Why,
                    FollowAnswer.NobodyLeads nobody when _time.GetElapsedTime(leaderlessSince!.Value) > PromotionPatience => nobody.Why,
                    _ => null,
                });
                continue;
            }

            try
            {
                var outcome = await SelectAsync(new SwitchoverRequest(go.Target, "dbswitch", go.Reason) { Follows = true }, Selection?.Generation, null, stop).ConfigureAwait(false);
                Say(outcome is SwitchoverOutcome.Refused refused ? $"{go.Reason}, and clients can't follow: {refused.Message}" : null);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }

            // One that was refused or rolled back has cost something, and is not tried again at once.
            await Task.Delay(RetryInterval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
