using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Databases;

namespace DbSwitch.Simulation.Databases;

/// <param name="MayPromote">Whether a switchover makes a primary of the replica that is selected; otherwise nothing is known of the databases.</param>
internal sealed record SimDatabaseConfiguration(bool MayPromote) : DatabaseConfiguration("simulated")
{
    public override bool Promotes => MayPromote;
}

/// <summary>The databases as one manager meets them. What it asks for happens when the world lets it, fails, comes late or never.</summary>
internal sealed class SimKind(SimDatabases databases, bool promotes, Random random, List<Pending> pending, PromotionFlaw flaw) : IDatabaseKind
{
    private readonly SimDatabases _databases = databases;
    private readonly bool _promotes = promotes;
    private readonly Random _random = random;
    private readonly List<Pending> _pending = pending;

    public IDatabaseBinder Binder => SimBinder.Instance;

    public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => new Probe(this);

    public IEnumerable<Guard> Guards(GuardQuestion question)
    {
        if (!_promotes)
        {
            return [];
        }

        var (next, present) = (_databases[question.Target.Name], question.Present is null ? null : _databases[question.Present.Name]);
        var fit = present is null ? next.IsPrimary && !next.IsClosed : next.Upstream == present && !present.IsClosed;
        return [new Guard("writable", fit ? GuardVerdict.Passed : GuardVerdict.Failed, fit ? "can take writes" : "can't take the other's place")];
    }

    public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) =>
        _promotes ? new SimPromotion(request.Present is null ? null : _databases[request.Present.Name], _databases[request.Next.Name], _databases, _random, _pending, flaw) : null;

    private sealed class Probe(SimKind kind) : IDatabaseProbe
    {
        public TimeSpan Interval => TimeSpan.FromSeconds(2);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public async Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel)
        {
            if (kind._databases.At(address) is { IsDown: false } database)
            {
                var asked = new PendingAsk("probe", kind._databases, _ => true);
                if (kind._random.Next(10) == 0)
                {
                    kind._pending.Add(asked);
                    try
                    {
                        await asked.Answer.WaitAsync(cancel).ConfigureAwait(false);
                    }
                    catch (DatabaseException e)
                    {
                        return new ProbeAnswer(Health.Unknown, e.Message);
                    }
                }

                return new ProbeAnswer(Health.Healthy, Facts: new SimFacts(database.IsPrimary) { ClosedBy = kind._promotes ? database.ClosedBy : null });
            }

            return new ProbeAnswer(Health.Unhealthy, "refuses connections");
        }
    }
}

internal sealed record SimFacts(bool IsPrimary) : DatabaseFacts
{
    public override string Summary => IsPrimary ? "primary" : "replica";

    public override IReadOnlyDictionary<string, string> Values => new Dictionary<string, string>();

    public override bool? TakesWrites => IsPrimary && ClosedBy is null;

    public override bool FollowsAnother => !IsPrimary;
}

/// <summary>What is wrong with a promotion, on purpose.</summary>
internal enum PromotionFlaw
{
    None,
    DoesNotClose,
    DoesNotWait,
}

/// <summary>No file names it.</summary>
internal sealed class SimBinder : IDatabaseBinder
{
    public static readonly SimBinder Instance = new();

    public string Kind => "simulated";

    public KeySet? Keys => null;

    public DatabaseConfiguration Bind(Section? section, Reading reading) => new SimDatabaseConfiguration(false);
}
