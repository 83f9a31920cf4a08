using System.Net;
using Npgsql;

namespace DbSwitch.Databases.Postgres;

/// <summary>
/// Asks one target's PostgreSQL: in between over a connection that stays open, at a switchover over a new one. It needs one connection at a time, so that a role which may have no second one is enough.
/// </summary>
internal sealed class PostgresProbe(PostgresServer server, TimeProvider time) : IDatabaseProbe
{
    // A new connection now and then, so that "answers" means that it lets somebody in.
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);

    // Files are looked at in between as well, so that what is foreseen is what a switchover finds.
    private static readonly TimeSpan LossesInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GoneInterval = TimeSpan.FromMilliseconds(50);
    private const int GoneLooks = 4;

    private Kept? _kept;
    private Losses? _losses;

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
                kept = new Kept(await OpenAsync(address, cancel).ConfigureAwait(false), time.GetTimestamp());
                facts = await FactsAsync(kept.Session, fresh, cancel).ConfigureAwait(false);
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

    /// <summary>Null where the connection has ended since, or is of no use any more: what that means a new one tells.</summary>
    private async Task<PostgresFacts?> TryAskAsync(Kept kept, CancellationToken cancel)
    {
        try
        {
            return await FactsAsync(kept.Session, false, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException)
        {
            return null;
        }
    }

    /// <summary>A session of ours that was just closed is counted until its process has ended.</summary>
    private async Task<PostgresSession> OpenAsync(IPEndPoint address, CancellationToken cancel)
    {
        for (var looks = 1; ; looks++)
        {
            try
            {
                return await server.OpenAsync(address, cancel).ConfigureAwait(false);
            }
            catch (DatabaseException e) when (looks < GoneLooks && e.InnerException is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections })
            {
                await CloseAsync(Interlocked.Exchange(ref _kept, null)).ConfigureAwait(false);
                await Task.Delay(GoneInterval, time, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<PostgresFacts> FactsAsync(PostgresSession session, bool fresh, CancellationToken cancel)
    {
        var facts = await PostgresQuestion.AskAsync(session, server.Settings.User, cancel).ConfigureAwait(false);
        if (facts is { IsReplica: true } or { ReadsFiles: false })
        {
            return facts;
        }

        if (fresh || _losses is not { } known || time.GetElapsedTime(known.Since) > LossesInterval)
        {
            _losses = known = new Losses(await PostgresUnlogged.AskAsync(session, cancel).ConfigureAwait(false), time.GetTimestamp());
        }

        return facts with { Unlogged = known.Unlogged };
    }

    private sealed record Kept(PostgresSession Session, long Since);

    private sealed record Losses(IReadOnlyList<PostgresUnlogged> Unlogged, long Since);
}
