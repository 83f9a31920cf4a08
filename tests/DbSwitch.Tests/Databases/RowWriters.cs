using System.Collections.Concurrent;
using System.Data.Common;

namespace DbSwitch.Tests.Databases;

/// <summary>Clients that insert one row after the other through a proxy, and keep count of what was confirmed to them.</summary>
/// <param name="first">The first writer's number, where others have written before.</param>
internal abstract class RowWriters<TSelf>(int first) : IAsyncDisposable
    where TSelf : RowWriters<TSelf>
{
    // Between two tries of a client whose connection failed: what the next one finds is counted, too.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private int _writers = first - 1;

    /// <summary>Writer and number of each row that was confirmed.</summary>
    public ConcurrentDictionary<(int Writer, int Number), bool> Confirmed { get; } = [];

    /// <summary>New connections that failed: none may.</summary>
    public ConcurrentQueue<string> FailedConnections { get; } = new();

    /// <summary>Statements that failed in an open session: a switchover cuts it, at most once each.</summary>
    public ConcurrentQueue<string> FailedStatements { get; } = new();

    public int Sessions { get; private set; }

    /// <summary>How long a client does something else between two rows.</summary>
    protected virtual TimeSpan Pause => TimeSpan.Zero;

    /// <summary>A new connection for each row.</summary>
    public TSelf Reconnecting(int count)
    {
        Start(count, async (writer, number) =>
        {
            if (await TryConnectAsync() is { } connection)
            {
                await using (connection)
                {
                    await TryInsertAsync(connection, writer, number);
                }
            }
        });
        return (TSelf)this;
    }

    /// <summary>One session, kept until it is cut.</summary>
    public TSelf Keeping(int count)
    {
        Sessions = count;
        var sessions = new ConcurrentDictionary<int, DbConnection>();
        Start(count, async (writer, number) =>
        {
            if (!sessions.TryGetValue(writer, out var connection))
            {
                if (await TryConnectAsync() is not { } opened)
                {
                    return;
                }

                sessions[writer] = connection = opened;
            }

            if (!await TryInsertAsync(connection, writer, number))
            {
                sessions.TryRemove(writer, out _);
                await connection.DisposeAsync();
            }
        });
        return (TSelf)this;
    }

    /// <summary>Until so many more rows are confirmed.</summary>
    public async Task MoreAsync(int rows)
    {
        var before = Confirmed.Count;
        await Until.TrueAsync($"{rows} more rows to be confirmed", () => Confirmed.Count >= before + rows, seconds: 20);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>All that was confirmed is there, and nothing twice.</summary>
    /// <param name="connection">Open.</param>
    public async Task AllAreInAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT writer, number FROM written";
        await using var reader = await command.ExecuteReaderAsync();
        var there = new List<(int, int)>();
        while (await reader.ReadAsync())
        {
            there.Add((reader.GetInt32(0), reader.GetInt32(1)));
        }

        there.Count.ShouldBe(there.Distinct().Count());
        Confirmed.Keys.Except(there).ShouldBeEmpty($"of {Confirmed.Count} confirmed rows");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>One that is not open yet.</summary>
    protected abstract DbConnection Connection();

    /// <summary>Inserts one row.</summary>
    protected abstract DbCommand Insert(DbConnection connection, int writer, int number);

    private void Start(int count, Func<int, int, Task> write)
    {
        for (var i = 0; i < count; i++)
        {
            var writer = ++_writers;
            _running.Add(Task.Run(async () =>
            {
                for (var number = 1; !_stop.IsCancellationRequested; number++)
                {
                    await write(writer, number);
                    if (Pause > TimeSpan.Zero)
                    {
                        await Task.Delay(Pause);
                    }
                }
            }));
        }
    }

    private async Task<DbConnection?> TryConnectAsync()
    {
        var connection = Connection();
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            FailedConnections.Enqueue(e.Message + e.InnerException?.Message);
            await connection.DisposeAsync();
            await Task.Delay(AfterFailure);
            return null;
        }
    }

    private async Task<bool> TryInsertAsync(DbConnection connection, int writer, int number)
    {
        try
        {
            await using var command = Insert(connection, writer, number);
            await command.ExecuteNonQueryAsync();
            Confirmed[(writer, number)] = true;
            return true;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            FailedStatements.Enqueue(e.Message);
            return false;
        }
    }
}
