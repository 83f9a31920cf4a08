using System.Collections.Concurrent;
using System.Globalization;
using MySqlConnector;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Clients that write through a proxy, and remember what was confirmed to them.</summary>
/// <param name="first">Writers are numbered from here on.</param>
internal sealed class MySqlWriters(int port, int first = 1) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private int _writers = first - 1;

    public ConcurrentDictionary<(int Writer, int Number), bool> Confirmed { get; } = [];

    /// <summary>New connections that failed: none may.</summary>
    public ConcurrentQueue<string> FailedConnections { get; } = new();

    /// <summary>Statements that failed in an open session: a switchover cuts it, at most once each.</summary>
    public ConcurrentQueue<string> FailedStatements { get; } = new();

    public int Sessions { get; private set; }

    /// <summary>A new connection for each row.</summary>
    public MySqlWriters Reconnecting(int count)
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
        return this;
    }

    /// <summary>One session, kept until it is cut.</summary>
    public MySqlWriters Keeping(int count)
    {
        Sessions = count;
        var sessions = new ConcurrentDictionary<int, MySqlConnection>();
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
    public async Task AllAreInAsync(RealMySql server)
    {
        await using var connection = await server.OpenAsync();
        await using var command = new MySqlCommand("SELECT writer, number FROM orders.written", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var there = new HashSet<(int, int)>();
        while (await reader.ReadAsync())
        {
            there.Add((reader.GetInt32(0), reader.GetInt32(1)));
        }

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
                    await Task.Delay(5);
                }
            }));
        }
    }

    private async Task<MySqlConnection?> TryConnectAsync()
    {
        var connection = new MySqlConnection($"Server=127.0.0.1;Port={port.ToString(CultureInfo.InvariantCulture)};User ID=app;Database=orders;Pooling=false;Connection Timeout=15;Default Command Timeout=30;SSL Mode=None");
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch (MySqlException e)
        {
            FailedConnections.Enqueue(e.Message + e.InnerException?.Message);
            await connection.DisposeAsync();
            await Task.Delay(20);
            return null;
        }
    }

    private async Task<bool> TryInsertAsync(MySqlConnection connection, int writer, int number)
    {
        try
        {
            await using var command = new MySqlCommand("INSERT INTO written VALUES (@writer, @number)", connection);
            command.Parameters.AddWithValue("@writer", writer);
            command.Parameters.AddWithValue("@number", number);
            await command.ExecuteNonQueryAsync();
            Confirmed[(writer, number)] = true;
            return true;
        }
        catch (MySqlException e)
        {
            FailedStatements.Enqueue(e.Message);
            return false;
        }
    }
}
