using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Databases.Hooks;

namespace DbSwitch.Databases.Postgres;

/// <summary>PostgreSQL: who is primary, who follows whom, and how far behind.</summary>
internal sealed class PostgresKind : IDatabaseKind
{
    public static PostgresKind Instance { get; } = new();

    public IDatabaseBinder Binder { get; } = new PostgresBinder();

    public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => new PostgresProbe(new PostgresServer(target), time);

    public IEnumerable<Guard> Guards(GuardQuestion question) => PostgresGuards.Of(question);

    /// <summary>Where somebody else promotes, he makes the old one a replica too.</summary>
    public IReadOnlyList<string> RejoinSteps(TargetState old, TargetState selected) =>
        selected is { Configuration: { Database: PostgresDatabase { Promote: not Promotion.Follow } } } && old.Known is not PostgresFacts { IsReplica: true }
            ? PostgresRejoin.Steps(old.Name, old.Known as PostgresFacts, selected.Configuration, selected.Configuration.Address, selected.Known as PostgresFacts)
            : [];

    public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) => request.Next.Database switch
    {
        PostgresDatabase { Promote: Promotion.Self } => new PostgresPromotion(request.Present?.Database is PostgresDatabase ? request.Present : null, request.PresentAddress, request.Next, request.NextAddress, request.Force, time),
        PostgresDatabase { Promote: Promotion.Hook, HookFile: { } hook } => new HookPromotion(hook, request, cancel => VerifyAsync(request, cancel)),
        _ => null,
    };

    /// <summary>What a hook says is done is believed when the server says so too: a committed write.</summary>
    private static async Task VerifyAsync(PromotionRequest request, CancellationToken cancel)
    {
        try
        {
            var session = await new PostgresServer(request.Next).OpenAsync(request.NextAddress, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await PostgresRecord.WriteAsync(session, "primary", cancel).ConfigureAwait(false);
            }
        }
        catch (DatabaseException e)
        {
            throw new DatabaseException(e.Health, $"the hook has said that it is done, and {request.Next.Name} {e.Message}", e);
        }
    }
}
