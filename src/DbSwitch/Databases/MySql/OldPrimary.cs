using System.Net;
using DbSwitch.Configuration;

namespace DbSwitch.Databases.MySql;

/// <summary>The server whose place is taken: two sessions, one that closes and locks it, and one that ends what stands in its way.</summary>
internal sealed class OldPrimary : IAsyncDisposable
{
    private readonly MySqlSession _killer;

    private OldPrimary(MySqlSession session, MySqlSession killer, MySqlFacts facts, TimeProvider time) => (Session, _killer, Facts, Doors) = (session, killer, facts, new MySqlDoors(session, killer, time));

    public MySqlSession Session { get; }

    /// <summary>As it was before anything was done to it.</summary>
    public MySqlFacts Facts { get; }

    public MySqlDoors Doors { get; }

    /// <exception cref="DatabaseException">It can't be asked, and why; its name is in it.</exception>
    public static async Task<OldPrimary> OpenAsync(TargetConfiguration target, IPEndPoint address, TimeProvider time, CancellationToken cancel)
    {
        var server = new MySqlServer(target);
        MySqlSession? session = null;
        MySqlSession? killer = null;
        try
        {
            session = await server.OpenAsync(address, cancel).ConfigureAwait(false);
            killer = await server.OpenAsync(address, cancel).ConfigureAwait(false);
            return new OldPrimary(session, killer, await MySqlQuestion.AskAsync(killer, promotes: true, cancel).ConfigureAwait(false), time);
        }
        catch (Exception e)
        {
            foreach (var open in ((MySqlSession?[])[session, killer]).OfType<MySqlSession>())
            {
                await open.DisposeAsync().ConfigureAwait(false);
            }

            throw e is DatabaseException { Health: var health } ? new DatabaseException(health, $"{target.Name} {e.Message}", e.InnerException) : e;
        }
    }

    /// <summary>Written while it takes writes, so that it is there before anything is closed.</summary>
    public async Task NoteAsync(Closure by, CancellationToken cancel)
    {
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
    }

    public async ValueTask DisposeAsync()
    {
        await _killer.DisposeAsync().ConfigureAwait(false);
        await Session.DisposeAsync().ConfigureAwait(false);
    }
}
