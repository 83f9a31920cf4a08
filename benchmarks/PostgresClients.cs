using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace DbSwitch.Benchmarks;

/// <summary>Clients that write one row after the other, each over a connection of its own or in a session that stays open, and note when each was confirmed and how long it took.</summary>
internal sealed class PostgresClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(long At, TimeSpan Took)> _confirmed = new();
    private readonly Task _running;
    private int _failed;
    private int _numbers;

    public PostgresClients(string connection, int reconnecting, int open) =>
        _running = Task.WhenAll([.. Enumerable.Range(0, reconnecting).Select(_ => Task.Run(() => WriteAsync(connection, keep: false))), .. Enumerable.Range(0, open).Select(_ => Task.Run(() => WriteAsync(connection, keep: true)))]);

    /// <summary>New connections and statements that failed.</summary>
    public int Failed => Volatile.Read(ref _failed);

    public int Confirmed => _confirmed.Count;

    public async Task MoreAsync(int count)
    {
        var before = Confirmed;
        await Until.TrueAsync($"{count} more rows", () => Confirmed >= before + count, seconds: 60);
    }

    /// <summary>The longest that one client waited for one row, and the longest time in which none of them was confirmed one, while something was done.</summary>
    public async Task<(TimeSpan Wait, TimeSpan Silence)> WhileAsync(Func<Task> work)
    {
        var from = Stopwatch.GetTimestamp();
        await work();
        await MoreAsync(20);
        var rows = _confirmed.Where(r => r.At >= from).OrderBy(r => r.At).ToList();
        return (rows.Max(r => r.Took), rows.Zip(rows.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a.At, b.At)).Max());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task WriteAsync(string text, bool keep)
    {
        NpgsqlConnection? connection = null;
        while (!_stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                if (connection is null)
                {
                    connection = new NpgsqlConnection(text);
                    await connection.OpenAsync();
                }

                await using (var command = new NpgsqlCommand("INSERT INTO written VALUES (0, $1)", connection) { Parameters = { new NpgsqlParameter { Value = Interlocked.Increment(ref _numbers) } } })
                {
                    await command.ExecuteNonQueryAsync();
                }

                _confirmed.Enqueue((Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began)));
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                Interlocked.Increment(ref _failed);
                await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
                connection = null;
                await Task.Delay(5);
            }

            if (!keep && connection is not null)
            {
                await connection.DisposeAsync();
                connection = null;
            }
        }

        await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
