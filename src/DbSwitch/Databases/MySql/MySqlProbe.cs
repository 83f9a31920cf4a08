using System.Net;
using DbSwitch.Configuration;

namespace DbSwitch.Databases.MySql;

/// <summary>Asks one target's MySQL or MariaDB: in between over a connection that stays open, at a switchover over a new one.</summary>
internal sealed class MySqlProbe(MySqlServer server, TimeProvider time) : IDatabaseProbe
{
    // A new connection now and then, so that "answers" means that it lets somebody in.
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);

    private Kept? _kept;

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    public async Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel)
    {
        // Who was left behind in the middle of a question has it still: nobody else may use it then.
        var kept = Interlocked.Exchange(ref _kept, null);
        try
        {
            var facts = kept is null || fresh || !kept.Session.Address.Equals(address) || time.GetElapsedTime(kept.Since) > Renewal ? null : await TryAskAsync(kept, cancel).ConfigureAwait(false);
            if (facts is null)
            {
                await CloseAsync(kept).ConfigureAwait(false);
                kept = null;
                kept = new Kept(await server.OpenAsync(address, cancel).ConfigureAwait(false), time.GetTimestamp());
                facts = await FactsAsync(kept.Session, cancel).ConfigureAwait(false);
            }

            if (!cancel.IsCancellationRequested)
            {
                // What another look has kept meanwhile is one too many.
                kept = Interlocked.Exchange(ref _kept, kept);
            }

            return new ProbeAnswer(Health.Healthy, null, facts);
        }
        catch (DatabaseException e)
        {
            return new ProbeAnswer(e.Health, e.Message);
        }
        finally
        {
            await CloseAsync(kept).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => CloseAsync(Interlocked.Exchange(ref _kept, null));

    private static ValueTask CloseAsync(Kept? kept) => kept?.Session.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Null where the connection has ended since: what that means a new one tells.</summary>
    private async Task<MySqlFacts?> TryAskAsync(Kept kept, CancellationToken cancel)
    {
        try
        {
            return await FactsAsync(kept.Session, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException)
        {
            return null;
        }
    }

    private Task<MySqlFacts> FactsAsync(MySqlSession session, CancellationToken cancel) => MySqlQuestion.AskAsync(session, server.Settings.Promote == Promotion.Self, cancel);

    private sealed record Kept(MySqlSession Session, long Since);
}
