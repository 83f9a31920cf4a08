using System.Collections.Concurrent;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Clients that insert one row after the other through a proxy, and keep count of what was confirmed to them.</summary>
/// <param name="password">Null where none is asked for.</param>
/// <param name="first">The first writer's number, where others have written before.</param>
/// <param name="patience">Seconds until a statement is cancelled.</param>
internal sealed class Writers(int port, int first = 1, string? password = null, int patience = 15) : IAsyncDisposable
{
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

    /// <summary>A new connection for each row.</summary>
    public Writers Reconnecting(int count)
    {
        Start(count, async (writer, number) =>
        {
            NpgsqlConnection connection;
            try
            {
                connection = await ConnectAsync();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                FailedConnections.Enqueue(e.Message + e.InnerException?.Message);
                await Task.Delay(20);
                return;
            }

            await using (connection)
            {
                await TryInsertAsync(connection, writer, number);
            }
        });
        return this;
    }

    /// <summary>One session, kept until it is cut.</summary>
    public Writers Keeping(int count)
    {
        Sessions = count;
        var sessions = new ConcurrentDictionary<int, NpgsqlConnection>();
        Start(count, async (writer, number) =>
        {
            if (!sessions.TryGetValue(writer, out var connection))
            {
                try
                {
                    sessions[writer] = connection = await ConnectAsync();
                }
                catch (Exception e) when (e is NpgsqlException or TimeoutException)
                {
                    FailedConnections.Enqueue(e.Message + e.InnerException?.Message);
                    await Task.Delay(20);
                    return;
                }
            }

            if (!await TryInsertAsync(connection, writer, number))
            {
                sessions.TryRemove(writer, out _);
                await connection.DisposeAsync();
            }
        });
        return this;
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

    /// <summary>All that was confirmed is there; none can be there twice, which the table's key sees to.</summary>
    public async Task AllAreInAsync(RealPostgres server)
    {
        await using var connection = server.Connection("app", "orders");
        await connection.OpenAsync();
        await AllAreInAsync(connection);
    }

    public async Task AllAreInAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT writer, number FROM written", connection);
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
                }
            }));
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=app;Password={password};Database=orders;Pooling=false;No Reset On Close=true;Timeout=15;CommandTimeout={patience};SSL Mode=Disable;GSS Encryption Mode=Disable");
        await connection.OpenAsync();
        return connection;
    }

    private async Task<bool> TryInsertAsync(NpgsqlConnection connection, int writer, int number)
    {
        try
        {
            await using var command = new NpgsqlCommand("INSERT INTO written VALUES ($1, $2)", connection) { Parameters = { new() { Value = writer }, new() { Value = number } } };
            await command.ExecuteNonQueryAsync();
            Confirmed[(writer, number)] = true;
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            FailedStatements.Enqueue(e.Message);
            return false;
        }
    }
}
