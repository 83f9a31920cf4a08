using DbSwitch.Configuration;
using static DbSwitch.Databases.InName;

namespace DbSwitch.Databases.Postgres;

/// <summary>Whether the next primary may be promoted and opened to clients: by its role's rights, by who has closed it, and by the history that it has.</summary>
/// <param name="force">A person has passed over who closed it.</param>
internal sealed class PostgresOpening(TargetConfiguration next, bool force)
{
    /// <summary>No force helps whose role may not promote, or not open what is closed: nobody would be served. And what another switch has closed is opened by a person's word alone.</summary>
    public async Task ExpectMayPromoteAsync(Closure by, PostgresSession session, CancellationToken cancel)
    {
        var user = ((PostgresDatabase)next.Database).User;
        if (await IsReplicaAsync(next, session, cancel).ConfigureAwait(false))
        {
            if (!await Named(next, session.ScalarAsync<bool>("SELECT has_function_privilege('pg_promote(boolean, integer)', 'EXECUTE')", cancel)).ConfigureAwait(false))
            {
                throw new DatabaseException(Health.Unknown, $"can't promote {next.Name}: role {user} may not call pg_promote, and no client would be let in anywhere. On the primary: ALTER ROLE {user} SUPERUSER; where there is none any more, promote {next.Name} by hand, then: {GuardRules.Forced(next.Name)}");
            }
        }
        else if (await Named(next, PostgresDoors.NoteAsync(session, cancel)).ConfigureAwait(false) is { } note)
        {
            if (!force && !note.By.IsOfSameSwitch(by))
            {
                throw new DatabaseException(Health.Unknown, $"{ClosedBy(next, note)}; to open it all the same: {GuardRules.Forced(next.Name)}");
            }

            if (!await Named(next, session.ScalarAsync<bool>("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", cancel)).ConfigureAwait(false))
            {
                throw new DatabaseException(Health.Unknown, $"{next.Name} is closed to clients, and role {user} can't open it; on {next.Name}: ALTER ROLE {user} SUPERUSER");
            }
        }
    }

    /// <summary>A next one that is closed itself, and no replica: a person has passed over who closed it, and only this switchover opens it.</summary>
    public async Task ClaimAsync(Closure by, PostgresSession session, CancellationToken cancel)
    {
        if (!await IsReplicaAsync(next, session, cancel).ConfigureAwait(false) && await Named(next, PostgresDoors.NoteAsync(session, cancel)).ConfigureAwait(false) is not null)
        {
            await Named(next, PostgresDoors.ClaimAsync(session, new PostgresNote(by, await TimelineAsync(next, session, cancel).ConfigureAwait(false), Claimed: true), cancel)).ConfigureAwait(false);
        }
    }

    /// <summary>A note from a lower timeline came with what was replicated: this is the one that took its place. One from its own timeline says that it was closed itself.</summary>
    public string? WhyNot(Closure by, int timeline, PostgresNote? note, TargetConfiguration? present, int presentTimeline) => note switch
    {
        _ when presentTimeline > 0 && timeline <= presentTimeline => $"{next.Name} is a primary on timeline {timeline}, and {present?.Name} was on {presentTimeline}: it was not promoted from it",
        null => null,
        { Claimed: true } when note.By.IsOfSameSwitchover(by) => null,
        _ when timeline > note.Timeline => null,
        _ when note.By.IsOfSameSwitchover(by) => $"{next.Name} is a primary on timeline {timeline}, like the one whose place it was to take: it was not promoted from it",
        _ => ClosedBy(next, note),
    };

    public static string ClosedBy(TargetConfiguration target, PostgresNote note) => $"{target.Name} is closed to clients by {note.By.Who}, since {note.By.Next} ({note.By.NextAddress}) was to take its place";

    public static Task<bool> IsReplicaAsync(TargetConfiguration target, PostgresSession session, CancellationToken cancel) => Named(target, session.ScalarAsync<bool>("SELECT pg_is_in_recovery()", cancel));

    public static Task<int> TimelineAsync(TargetConfiguration target, PostgresSession session, CancellationToken cancel) =>
        Named(target, session.ScalarAsync<int>("SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int", cancel));
}
