using System.Globalization;
using System.Net;
using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Databases.Redis;

/// <summary>A target follows the selected one. What only it has is not thrown away for that, unless a switchover had closed it before: then there is nothing.</summary>
internal sealed class RedisAttachment(TargetConfiguration other, IPEndPoint address, RedisFacts seen, TargetConfiguration selected, IPEndPoint selectedAddress, RedisFacts primary, TimeProvider time) : IAttachment
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public string? WhyNot { get; } = WhyNotOf(seen, selected, primary);

    /// <summary>By the latest looks; null where nothing is to be done, or nothing known. One that names the selected one already finds its way by itself; so does one that
    /// gets the same from elsewhere, unless that is a replica of the selected one, as the old primary is after a switchover: whoever stays behind it can't be selected.</summary>
    public static RedisAttachment? Of(TargetState other, TargetState selected, TimeProvider time) =>
        other is { Latest: { Health: Health.Healthy, Facts: RedisFacts seen }, Address: { } address } && selected is { Latest: { Health: Health.Healthy, Facts: RedisFacts { IsReplica: false, Loading: false, Mark: null, Settings: not null } primary }, Address: { } selectedAddress }
        && seen is { Loading: false, Cluster: false } && !(seen is { IsReplica: true, Mark: null } && (seen.Follows(selected.Configuration, selected.Address, primary, address) || seen.Upstream is { Syncing: true } || (seen.Upstream is { Up: true } up && seen.ReplId == primary.ReplId && !primary.HasReplicaAt(up))))
            ? new RedisAttachment(other.Configuration, address, seen, selected.Configuration, selectedAddress, primary, time)
            : null;

    /// <summary>What makes a server follow another one.</summary>
    public static IReadOnlyList<string> Follow(HostPort primary) => ["REPLICAOF", primary.Host, primary.Port.ToString(CultureInfo.InvariantCulture)];

    public async Task AttachAsync(Closure by, CancellationToken cancel)
    {
        // What it is to copy is looked at now: it may have been started again without its data since the last look.
        var leader = await LeaderAsync(cancel).ConfigureAwait(false);
        var session = await new RedisServer(other).OpenToChangeAsync(address, cancel).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var facts = await FactsAsync(session, cancel).ConfigureAwait(false);
            if (!facts.IsReplica)
            {
                await CloseAsync(session, facts, leader, by, cancel).ConfigureAwait(false);
            }
            else if (WhyNotOf(facts, selected, leader) is { } why)
            {
                throw new DatabaseException(Health.Unknown, why);
            }

            // While it is closed: a key that expired there after the promotion would cost a whole copy.
            await session.AskAsync(cancel, Follow(selected.Address)).ConfigureAwait(false);
            if (await FactsAsync(session, cancel).ConfigureAwait(false) is not { IsReplica: true } now)
            {
                throw new DatabaseException(Health.Unknown, "was told to follow it, and is a primary still");
            }

            // Nobody is left waiting: who waited is told that it is a replica.
            _ = now.Mark is { } mark ? await RedisClosing.OpenAsync(session, mark.Old, keep: true, cancel).ConfigureAwait(false) : await RedisClosing.KeepAsync(session, cancel).ConfigureAwait(false);
            await FollowsAsync(session, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Nothing is written there any more, proven once more; and what was written is not lost.</summary>
    private async Task CloseAsync(RedisSession session, RedisFacts facts, RedisFacts leader, Closure by, CancellationToken cancel)
    {
        if (facts.Mark is { } mark)
        {
            if (!mark.IsOfSameSwitch(by))
            {
                throw new DatabaseException(Health.Unknown, $"is closed to writes by a switchover of another switch or manager (min-replicas-to-write is {mark.Value})");
            }

            // The switchover by which the other one is selected has proven that this one has nothing that is not there; of an earlier one nobody knows that.
            if (!mark.IsOfSameSwitchover(by) && WhyNotOf(facts with { Settings = null }, selected, leader) is { } unproven)
            {
                throw new DatabaseException(Health.Unknown, unproven);
            }

            await RedisClosing.PauseAsync(session, cancel).ConfigureAwait(false);
            return;
        }

        if (facts.Settings is not { MinReplicasMaxLag: > 0, MinReplicas: <= RedisMark.MostReplicas } settings)
        {
            throw new DatabaseException(Health.Unknown, "can't be closed to writes (min-replicas-max-lag, min-replicas-to-write)");
        }

        var own = RedisMark.Of(by, (int)settings.MinReplicas);
        await RedisClosing.CloseAsync(session, own, cancel).ConfigureAwait(false);
        await RedisClosing.EndClientsAsync(session, cancel).ConfigureAwait(false);
        var closed = await FactsAsync(session, cancel).ConfigureAwait(false);
        if (WhyNotOf(closed with { Settings = null }, selected, leader) is { } why)
        {
            await RedisClosing.OpenAsync(session, own.Old, keep: false, cancel).ConfigureAwait(false);
            throw new DatabaseException(Health.Unknown, why);
        }
    }

    private async Task<RedisFacts> LeaderAsync(CancellationToken cancel)
    {
        try
        {
            var session = await new RedisServer(selected).OpenAsync(selectedAddress, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                var facts = await FactsAsync(session, cancel).ConfigureAwait(false);
                return !facts.IsReplica && facts.RunId == primary.RunId && facts.ReplId == primary.ReplId ? facts : throw new DatabaseException(Health.Unknown, "is another one than a moment ago");
            }
        }
        catch (DatabaseException e)
        {
            throw new DatabaseException(e.Health, $"was not told to follow it: {selected.Name} {e.Message}", e);
        }
    }

    private async Task FollowsAsync(RedisSession session, CancellationToken cancel)
    {
        RedisUpstream? up = null;
        try
        {
            while ((up = (await FactsAsync(session, cancel).ConfigureAwait(false)).Upstream) is not ({ Up: true } or { Syncing: true }))
            {
                await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (up is not null)
        {
            throw new DatabaseException(Health.Unknown, $"was told to follow {up.Host}:{up.Port.ToString(CultureInfo.InvariantCulture)}, and does not reach it: its log says why (masterauth, masteruser, tls-replication, the network)", e);
        }
    }

    private static string? WhyNotOf(RedisFacts other, TargetConfiguration selected, RedisFacts primary) => other switch
    {
        { Keys: 0 } => null,
        _ when primary.Keys == 0 => string.Create(CultureInfo.InvariantCulture, $"has {other.Amount}, and {selected.Name} has none: it would lose them. If that is meant, on it: {string.Join(' ', Follow(selected.Address))}"),

        // Closed by a switchover, it confirmed nothing since: which one that was is looked at then. And a replica confirmed nothing at all.
        { IsReplica: false, Mark: not null } => null,
        _ when other.ReplId == primary.ReplId => null,
        { IsReplica: true } when other.ReplId == primary.FormerReplId => null,
        { IsReplica: false } when other.ReplId == primary.FormerReplId && other.Offset < primary.FormerEnd => null,

        // Started from a snapshot of this history (as a replica without its role in its file is), and nothing was written there since.
        { IsReplica: false } when other.Offset < other.FormerEnd && (other.FormerReplId == primary.ReplId || (other.FormerReplId == primary.FormerReplId && other.FormerEnd <= primary.FormerEnd)) => null,
        { IsReplica: false } => string.Create(CultureInfo.InvariantCulture, $"is a primary, and may have confirmed writes that {selected.Name} does not have ({other.Amount}). To give those up, on it: {string.Join(' ', Follow(selected.Address))}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"is a replica of {other.Upstream?.Host}:{other.Upstream?.Port}, with data of another history ({other.Amount}). To give those up, on it: {string.Join(' ', Follow(selected.Address))}"),
    };

    private static Task<RedisFacts> FactsAsync(RedisSession session, CancellationToken cancel) => RedisQuestion.AskAsync(session, settings: true, all: false, cancel);
}
