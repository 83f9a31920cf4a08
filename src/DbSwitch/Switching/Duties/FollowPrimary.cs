using DbSwitch.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching.Commands;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Duties;

/// <summary>Where somebody else promotes (<c>promote: follow</c>): clients are sent after the one writable primary, by an ordinary switchover with its fence.</summary>
internal sealed class FollowPrimary(SwitchParts parts, Selecting selecting) : IDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    // Whoever promotes takes a few seconds for it, and nothing is wrong meanwhile.
    private static readonly TimeSpan PromotionPatience = TimeSpan.FromSeconds(5);

    public string Name => "follow a primary";

    public async Task RunAsync(CancellationToken stop)
    {
        long? leaderlessSince = null;
        while (true)
        {
            await Task.Delay(Interval, parts.Time, stop).ConfigureAwait(false);
            if (parts.Core.State is not { IsInForce: true, Pause: null, Running: null, Selection: { Target: { } selected } selection })
            {
                continue;
            }

            var answer = parts.Probes.Follow(selected);
            if (answer is FollowAnswer.Go)
            {
                answer = await parts.Probes.FollowAnewAsync(selected, stop).ConfigureAwait(false);
            }

            leaderlessSince = answer is FollowAnswer.NobodyLeads ? leaderlessSince ?? parts.Time.GetTimestamp() : null;
            if (answer is not FollowAnswer.Go go)
            {
                parts.Say(ProblemSource.Primary, answer switch
                {
                    FollowAnswer.AskPerson ask => ask.Why,
                    FollowAnswer.NobodyLeads nobody when parts.Time.GetElapsedTime(leaderlessSince!.Value) > PromotionPatience => nobody.Why,
                    _ => null,
                });
                continue;
            }

            var outcome = await selecting.SelectAsync(new SwitchoverRequest(go.Target, "dbswitch", go.Reason) { Follows = true }, selection.Generation, null, stop).ConfigureAwait(false);
            parts.Say(ProblemSource.Primary, outcome is SwitchoverOutcome.Refused refused ? $"{go.Reason}, and clients can't follow: {refused.Message}" : null);

            // One that was refused or rolled back has cost something, and is not tried again at once.
            await Task.Delay(RetryInterval, parts.Time, stop).ConfigureAwait(false);
        }
    }
}
