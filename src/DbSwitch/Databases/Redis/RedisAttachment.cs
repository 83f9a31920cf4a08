using System.Globalization;
using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
using HaproxyRuntime;

namespace DbSwitch.Databases.Redis;

/// <summary>A target follows the selected one. What only it has is not thrown away for that, whoever has closed it before.</summary>
internal sealed class RedisAttachment(TargetConfiguration other, IPEndPoint address, RedisFacts seen, TargetConfiguration selected, IPEndPoint selectedAddress, RedisFacts primary, TimeProvider time) : IAttachment
{
    // A primary sends a ping every ten seconds, in some versions also while it is paused. No write is as short.
    private const int PingBytes = 14;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // Until then it may only be about to connect.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string? WhyNot { get; } = seen is { IsReplica: true, Mark: null, Upstream: { Up: false } up } && seen.Follows(selected, selectedAddress, primary, address) ? NotReached(up, "follows") : WhyNotOf(seen, other.Name, selected, primary);

    /// <summary>By the latest looks; null where nothing is to be done, or nothing known. One that names the selected one already finds its way by itself; so does one that
    /// gets the same from elsewhere, unless that is a replica of the selected one, as the old primary is after a switchover: whoever stays behind it can't be selected.</summary>
    public static RedisAttachment? Of(TargetState other, TargetState selected, TimeProvider time) =>
        other is { Latest: { Health: Health.Healthy, Facts: RedisFacts seen }, Address: { } address } && selected is { Latest: { Health: Health.Healthy, Facts: RedisFacts { IsReplica: false, Loading: false, Mark: null, Settings: not null } primary }, Address: { } selectedAddress }
        && seen is { Loading: false, Cluster: false } && !(seen is { IsReplica: true, Mark: null } && ((seen.Follows(selected.Configuration, selected.Address, primary, address) && !IsCutOff(seen)) || seen.Upstream is { Syncing: true } || (seen.Upstream is { Up: true } up && seen.ReplId == primary.ReplId && !primary.HasReplicaAt(up))))
            ? new RedisAttachment(other.Configuration, address, seen, selected.Configuration, selectedAddress, primary, time)
            : null;

    private static bool IsCutOff(RedisFacts replica) => replica.Upstream is { Up: false, Syncing: false, DownFor: { } down } && down >= Patience;

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
            ExpectNothingLost(facts, leader);
            if (!facts.IsReplica)
            {
                await CloseAsync(session, facts, leader, by, cancel).ConfigureAwait(false);
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

    /// <summary>Nothing is written there any more, and what was written is not lost: looked at before anything is touched, and once more when it is closed. Who has closed it proves nothing of that.</summary>
    private async Task CloseAsync(RedisSession session, RedisFacts facts, RedisFacts leader, Closure by, CancellationToken cancel)
    {
        if (facts.Mark is { } mark && !mark.IsOfSameSwitch(by))
        {
            throw new DatabaseException(Health.Unknown, $"is closed to writes by a switchover of another switch or manager (min-replicas-to-write is {mark.Value})");
        }

        if (facts.Settings is not { MinReplicasMaxLag: > 0 } settings || settings is { Mark: null, MinReplicas: > RedisMark.MostReplicas })
        {
            throw new DatabaseException(Health.Unknown, "can't be closed to writes (min-replicas-max-lag, min-replicas-to-write)");
        }

        if (facts.Mark is not null)
        {
            await RedisClosing.PauseAsync(session, cancel).ConfigureAwait(false);
            ExpectNothingLost(await FactsAsync(session, cancel).ConfigureAwait(false), leader);
            return;
        }

        var own = RedisMark.Of(by, (int)settings.MinReplicas);
        await RedisClosing.CloseAsync(session, own, cancel).ConfigureAwait(false);
        await RedisClosing.EndClientsAsync(session, cancel).ConfigureAwait(false);
        var closed = await FactsAsync(session, cancel).ConfigureAwait(false);
        if (WhyNotOf(closed with { Settings = null }, other.Name, selected, leader) is { } why)
        {
            await RedisClosing.OpenAsync(session, own.Old, keep: false, cancel).ConfigureAwait(false);
            throw new DatabaseException(Health.Unknown, why);
        }
    }

    /// <exception cref="DatabaseException">It would lose something, or nobody knows yet, and why.</exception>
    private void ExpectNothingLost(RedisFacts facts, RedisFacts leader)
    {
        if ((facts.Loading ? "is loading its data" : WhyNotOf(facts, other.Name, selected, leader)) is { } why)
        {
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
                return facts.IsReplica || facts.RunId != primary.RunId || facts.ReplId != primary.ReplId ? throw new DatabaseException(Health.Unknown, "is another one than a moment ago")
                    : facts is { Loading: false, Mark: null, Settings: not null } ? facts
                    : throw new DatabaseException(Health.Unknown, facts.WhyNoWrites ?? "can't be asked for its settings any more");
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
            throw new DatabaseException(Health.Unknown, NotReached(up, "was told to follow"), e);
        }
    }

    private static string NotReached(RedisUpstream up, string what) => $"{what} {up.Host}:{up.Port.ToString(CultureInfo.InvariantCulture)}, and does not reach it: its log says why (masterauth, masteruser, tls-replication, the network)";

    private static string? WhyNotOf(RedisFacts other, string name, TargetConfiguration selected, RedisFacts primary) => other switch
    {
        { Keys: 0 } => null,
        _ when primary.Keys == 0 => string.Create(CultureInfo.InvariantCulture, $"has {other.Amount}, and {selected.Name} has none: it would lose them. If that is meant, on it: {string.Join(' ', Follow(selected.Address))}"),

        _ when other.ReplId == primary.ReplId => null,
        _ when other.ReplId == primary.FormerReplId && other.Offset < primary.FormerEnd + PingBytes => null,
        { IsReplica: true } when other.ReplId == primary.FormerReplId => string.Create(CultureInfo.InvariantCulture, $"is a replica that has {Sizes.Show(other.Offset - primary.FormerEnd + 1)} more than {selected.Name} had when it was promoted ({other.Amount}), and these may be confirmed writes. To give those up, on it: {string.Join(' ', Follow(selected.Address))}"),

        // Started from a snapshot of this history (as a replica without its role in its file is), and nothing was written there since.
        { IsReplica: false } when other.Offset < other.FormerEnd && (other.FormerReplId == primary.ReplId || (other.FormerReplId == primary.FormerReplId && other.FormerEnd <= primary.FormerEnd)) => null,
        { IsReplica: false, Mark: not null } =>
            string.Create(CultureInfo.InvariantCulture, $"is closed to writes by a switchover, and nothing proves that {selected.Name} has all that it has ({other.Amount}). To go back to it, and lose what {selected.Name} was sent since: dbswitch select --none, then {GuardRules.Forced(name)}. To give up what it has, on it: {string.Join(' ', Follow(selected.Address))}"),
        { IsReplica: false } => string.Create(CultureInfo.InvariantCulture, $"is a primary, and may have confirmed writes that {selected.Name} does not have ({other.Amount}). To give those up, on it: {string.Join(' ', Follow(selected.Address))}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"is a replica of {other.Upstream?.Host}:{other.Upstream?.Port}, with data of another history ({other.Amount}). To give those up, on it: {string.Join(' ', Follow(selected.Address))}"),
    };

    private static Task<RedisFacts> FactsAsync(RedisSession session, CancellationToken cancel) => RedisQuestion.AskAsync(session, settings: true, all: false, cancel);
}
