using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Databases.Hooks;

namespace DbSwitch.Databases.Redis;

/// <summary>Redis and Valkey: who is primary, who follows whom, and how far behind.</summary>
internal sealed class RedisKind : IDatabaseKind
{
    public static RedisKind Instance { get; } = new();

    public IDatabaseBinder Binder { get; } = new RedisBinder();

    public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => new RedisProbe(new RedisServer(target), time);

    public IEnumerable<Guard> Guards(GuardQuestion question) => RedisGuards.Of(question);

    public IReadOnlyList<string> RejoinSteps(TargetState old, TargetState selected) =>
        selected is { Configuration: { Database: RedisDatabase { Promote: not Promotion.Follow }, Address: var at } } && old.Known is RedisFacts { IsReplica: false }
            ? [$"# on {old.Name}, which then gets all that {selected.Name} has, and loses what only {old.Name} has", $"redis-cli -h {old.Configuration.Address.Host} -p {Text(old.Configuration.Address.Port)} REPLICAOF {at.Host} {Text(at.Port)}", $"redis-cli -h {old.Configuration.Address.Host} -p {Text(old.Configuration.Address.Port)} CONFIG REWRITE"]
            : [];

    public bool Attaches(TargetConfiguration target) => target.Database is RedisDatabase { Promote: Promotion.Self };

    public IAttachment? AttachmentOf(TargetState other, TargetState selected, TimeProvider time) => RedisAttachment.Of(other, selected, time);

    public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) => request.Next.Database switch
    {
        RedisDatabase { Promote: Promotion.Self } => new RedisPromotion(request.Present?.Database is RedisDatabase ? request.Present : null, request.PresentAddress, request.Next, request.NextAddress, request.Force, time),
        RedisDatabase { Promote: Promotion.Hook, HookFile: { } hook } => new HookPromotion(hook, request, cancel => VerifyAsync(request, cancel)),
        _ => null,
    };

    /// <summary>What a hook says is done is believed when the server says so too, by the answer that a write gets.</summary>
    private static async Task VerifyAsync(PromotionRequest request, CancellationToken cancel)
    {
        try
        {
            var session = await new RedisServer(request.Next).OpenAsync(request.NextAddress, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.AskAsync(cancel, "DEL", RedisRights.NoKey).ConfigureAwait(false);
            }
        }
        catch (DatabaseException e)
        {
            throw new DatabaseException(e.Health, $"the hook has said that it is done, and {request.Next.Name} {e.Message}", e);
        }
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
