using System.Net;
using Npgsql;

namespace DbSwitch.Databases.Postgres;

/// <summary>Asks one target's PostgreSQL, so that a role which may have no second connection is enough.</summary>
internal sealed class PostgresProbe(PostgresServer server, TimeProvider time) : SessionProbe<PostgresSession>(time)
{
    // Files are looked at in between as well, so that what is foreseen is what a switchover finds.
    private static readonly TimeSpan LossesInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GoneInterval = TimeSpan.FromMilliseconds(50);
    private const int GoneLooks = 4;

    private readonly TimeProvider _time = time;
    private Losses? _losses;

    /// <summary>A session of ours that was just closed is counted until its process has ended.</summary>
    protected override async Task<PostgresSession> OpenAsync(IPEndPoint address, CancellationToken cancel)
    {
        for (var looks = 1; ; looks++)
        {
            try
            {
                return await server.OpenAsync(address, cancel).ConfigureAwait(false);
            }
            catch (DatabaseException e) when (looks < GoneLooks && e.InnerException is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections })
            {
                await CloseKeptAsync().ConfigureAwait(false);
                await Task.Delay(GoneInterval, _time, cancel).ConfigureAwait(false);
            }
        }
    }

    protected override async Task<DatabaseFacts> AskAsync(PostgresSession session, bool fresh, CancellationToken cancel)
    {
        var facts = await PostgresQuestion.AskAsync(session, server.Settings.User, cancel).ConfigureAwait(false);
        if (facts is { IsReplica: true } or { ReadsFiles: false })
        {
            return facts;
        }

        if (fresh || _losses is not { } known || _time.GetElapsedTime(known.Since) > LossesInterval)
        {
            _losses = known = new Losses(await PostgresUnlogged.AskAsync(session, cancel).ConfigureAwait(false), _time.GetTimestamp());
        }

        return facts with { Unlogged = known.Unlogged };
    }

    private sealed record Losses(IReadOnlyList<PostgresUnlogged> Unlogged, long Since);
}
