using System.Net;

namespace DbSwitch.Databases.Postgres;

/// <summary>Asks one target's PostgreSQL: in between over a connection that stays open, at a switchover over a new one.</summary>
internal sealed class PostgresProbe(PostgresServer server, TimeProvider time) : IDatabaseProbe
{
    // A new connection now and then, so that "answers" means that it lets somebody in.
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);

    private PostgresSession? _open;
    private long _openedAt;

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    public async Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel)
    {
        // Who was left behind in the middle of a question has it still: nobody else may use it then.
        var session = fresh ? null : Interlocked.Exchange(ref _open, null);
        var keep = false;
        try
        {
            if (session is not null && (!session.Address.Equals(address) || time.GetElapsedTime(_openedAt) > Renewal))
            {
                await session.DisposeAsync().ConfigureAwait(false);
                session = null;
            }

            if (session is null)
            {
                session = await server.OpenAsync(address, cancel).ConfigureAwait(false);
                _openedAt = fresh ? _openedAt : time.GetTimestamp();
            }

            var facts = await PostgresQuestion.AskAsync(session, server.Settings.User, cancel).ConfigureAwait(false);
            keep = !fresh;
            return new ProbeAnswer(Health.Healthy, null, facts);
        }
        catch (DatabaseException e)
        {
            return new ProbeAnswer(e.Health, e.Message);
        }
        finally
        {
            if (keep && !cancel.IsCancellationRequested)
            {
                _open = session;
            }
            else if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _open, null) is { } session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
