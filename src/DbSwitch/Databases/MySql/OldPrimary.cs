using System.Net;
using DbSwitch.Configuration;
using static DbSwitch.Databases.InName;

namespace DbSwitch.Databases.MySql;

/// <summary>The server whose place is taken: two sessions, one that closes and locks it, and one that ends what stands in its way.</summary>
internal sealed class OldPrimary : IAsyncDisposable
{
    private readonly MySqlSession _killer;
    private bool _noted;

    private OldPrimary(MySqlSession session, MySqlSession killer, MySqlFacts facts, TimeProvider time) => (Session, _killer, Facts, Doors) = (session, killer, facts, new MySqlDoors(session, killer, time));

    public MySqlSession Session { get; }

    /// <summary>As it was before anything was done to it.</summary>
    public MySqlFacts Facts { get; private set; }

    public MySqlDoors Doors { get; }

    /// <exception cref="DatabaseException">It can't be asked, and why; its name is in it.</exception>
    public static Task<OldPrimary> OpenAsync(TargetConfiguration target, IPEndPoint address, TimeProvider time, CancellationToken cancel) =>
        Named(target, OpenAsync(new MySqlServer(target), address, time, cancel));

    /// <summary>Written while it takes writes, so that it is there before anything is closed.</summary>
    /// <exception cref="DatabaseException">It is not what it was when this switchover was begun, or it was not answered.</exception>
    public async Task NoteAsync(Closure by, CancellationToken cancel)
    {
        // Clients had their time to leave since it was asked.
        Facts = await MySqlQuestion.AskAsync(Session, promotes: true, cancel).ConfigureAwait(false);
        if (Facts.IsReplica)
        {
            throw new DatabaseException(Health.Unknown, "is a replica now: somebody has made it one meanwhile");
        }

        if (Facts.ClosedBy is { } closed && !closed.IsOfSameSwitch(by))
        {
            throw new DatabaseException(Health.Unknown, $"was closed meanwhile by {closed.Who}, since {closed.Next} ({closed.NextAddress}) was to take its place");
        }

        if (Facts.SuperReadOnly)
        {
            // Nobody can write there, we no more than others, and it stays as it is.
            return;
        }

        var note = new MySqlNote(by, Facts.Identity)
        {
            WasReadOnly = Facts is { ReadOnly: true, Closed: false },
            Scheduler = await MySqlDoors.HasSchedulerAsync(Session, cancel).ConfigureAwait(false),
            Events = await MySqlEvents.EnabledAsync(Session, cancel).ConfigureAwait(false),
        };

        // What an earlier switchover of ours has left closed says what was before it.
        if (Facts.Closed && await MySqlNote.ReadAsync(Session, cancel).ConfigureAwait(false) is { } before)
        {
            note = note with { WasReadOnly = before.WasReadOnly, Scheduler = before.Scheduler, Events = before.Events };
        }

        if (Facts is { ReadOnly: false })
        {
            await MySqlNote.CreateTableAsync(Session, cancel).ConfigureAwait(false);
        }

        await note.WriteAsync(Session, cancel).ConfigureAwait(false);
        _noted = true;
    }

    /// <summary>Of two that close it at once, the one whose note is there has closed it: nobody can write another one any more.</summary>
    /// <exception cref="DatabaseException">It was another one, or it was not answered.</exception>
    public async Task ExpectOursAsync(Closure by, CancellationToken cancel)
    {
        var note = await MySqlNote.ReadAsync(Session, cancel).ConfigureAwait(false) is { } read && read.Server == Facts.Identity ? read : null;
        if (note is null ? _noted : !(_noted ? note.By.IsOfSameSwitchover(by) : note.By.IsOfSameSwitch(by)))
        {
            throw new DatabaseException(Health.Unknown, note is null ? "does not have the note any more of who has closed it: somebody has removed it" : $"was closed meanwhile by {note.By.Who} too, since {note.By.Next} ({note.By.NextAddress}) was to take its place");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _killer.DisposeAsync().ConfigureAwait(false);
        await Session.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<OldPrimary> OpenAsync(MySqlServer server, IPEndPoint address, TimeProvider time, CancellationToken cancel)
    {
        MySqlSession? session = null;
        MySqlSession? killer = null;
        try
        {
            session = await server.OpenAsync(address, cancel).ConfigureAwait(false);
            killer = await server.OpenAsync(address, cancel).ConfigureAwait(false);
            return new OldPrimary(session, killer, await MySqlQuestion.AskAsync(killer, promotes: true, cancel).ConfigureAwait(false), time);
        }
        catch
        {
            foreach (var open in ((MySqlSession?[])[session, killer]).OfType<MySqlSession>())
            {
                await open.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }
}
