using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Databases.Hooks;

namespace DbSwitch.Databases.MySql;

/// <summary>MySQL and MariaDB: who is primary, who follows whom, and what each has.</summary>
internal sealed class MySqlKind : IDatabaseKind
{
    public static MySqlKind Instance { get; } = new();

    public IDatabaseBinder Binder { get; } = new MySqlBinder();

    public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => new MySqlProbe(new MySqlServer(target), time);

    public IEnumerable<Guard> Guards(GuardQuestion question) => MySqlGuards.Of(question);

    /// <summary>Where somebody else promotes, he makes the old one a replica too.</summary>
    public IReadOnlyList<string> RejoinSteps(TargetState old, TargetState selected) =>
        selected is { Configuration: { Database: MySqlDatabase { Promote: not Promotion.Follow } } } && old.Known is not MySqlFacts { IsReplica: true } and not MySqlFacts { Cluster: not null }
            ? MySqlRejoin.Steps(old, old.Known as MySqlFacts, selected, selected.Known as MySqlFacts)
            : [];

    public bool Attaches(TargetConfiguration target) => target.Database is MySqlDatabase { Promote: Promotion.Self, ReplicationUser: not null };

    /// <summary>A server that is nobody's business (no replica, never closed by us, not of this history) is left alone.</summary>
    public IAttachment? AttachmentOf(TargetState other, TargetState selected, TimeProvider time)
    {
        if (other.Latest is not { Health: Health.Healthy, Facts: MySqlFacts { Cluster: null } facts } || selected.Latest is not { Health: Health.Healthy, Facts: MySqlFacts { Cluster: null, TakesWrites: true } primary } || !MySqlHistory.IsShared(facts, primary))
        {
            return null;
        }

        // One that follows it and stands still was stopped by somebody, or by an error: that is for a person (guard replication).
        var follows = facts.Upstreams is [_] && MySqlHistory.IsSourceOf(primary, facts);
        return (follows && facts.ReadOnly) || facts.Upstreams.Count > 1 ? null : new MySqlAttachment(other, facts, selected, primary, time);
    }

    public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) => request.Next.Database switch
    {
        MySqlDatabase { Promote: Promotion.Self } => new MySqlPromotion(request.Present?.Database is MySqlDatabase ? request.Present : null, request.PresentAddress, request.Next, request.NextAddress, request.Force, time),
        MySqlDatabase { Promote: Promotion.Hook, HookFile: { } hook } => new HookPromotion(hook, request, cancel => VerifyAsync(request, cancel)),
        _ => null,
    };

    /// <summary>What a hook says is done is believed when the server says so too.</summary>
    private static async Task VerifyAsync(PromotionRequest request, CancellationToken cancel)
    {
        try
        {
            var session = await new MySqlServer(request.Next).OpenAsync(request.NextAddress, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (await MySqlQuestion.AskAsync(session, promotes: false, cancel).ConfigureAwait(false) is { WhyNoWrites: { } why })
                {
                    throw new DatabaseException(Health.Unhealthy, why);
                }
            }
        }
        catch (DatabaseException e)
        {
            throw new DatabaseException(e.Health, $"the hook has said that it is done, and {request.Next.Name} {e.Message}", e);
        }
    }
}
