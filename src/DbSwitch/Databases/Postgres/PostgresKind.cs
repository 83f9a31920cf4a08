using DbSwitch.Configuration;

namespace DbSwitch.Databases.Postgres;

/// <summary>PostgreSQL: who is primary, who follows whom, and how far behind.</summary>
internal sealed class PostgresKind : IDatabaseKind
{
    public static PostgresKind Instance { get; } = new();

    public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => new PostgresProbe(new PostgresServer(target), time);

    public IEnumerable<Guard> Guards(GuardQuestion question) => PostgresGuards.Of(question);

    public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) => request.Next.Database is PostgresDatabase { Promote: Promotion.Sql }
        ? new PostgresPromotion(request.Present?.Database is PostgresDatabase ? request.Present : null, request.PresentAddress, request.Next, request.NextAddress, request.Force, time)
        : null;
}
