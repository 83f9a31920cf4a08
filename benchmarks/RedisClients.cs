using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DbSwitch.Databases;
using DbSwitch.Tests.Databases.Redis;

namespace DbSwitch.Benchmarks;

/// <summary>Clients that count, each a key of its own over a new connection each time, and note when each was confirmed and how long it took.</summary>
internal sealed class RedisClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(long At, TimeSpan Took)> _confirmed = new();
    private readonly long[] _counts;
    private readonly Task _running;
    private int _failed;

    public RedisClients(int port, int count) => (_counts, _running) = (new long[count], Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => WriteAsync(port, i)))));

    public int Failed => Volatile.Read(ref _failed);

    public int Confirmed => _confirmed.Count;

    public async Task MoreAsync(int count)
    {
        var before = Confirmed;
        await Until.TrueAsync($"{count} more writes", () => Confirmed >= before + count, seconds: 60);
    }

    /// <summary>The longest that one client waited for one write, and the longest time in which none of them was confirmed one, while something was done.</summary>
    public async Task<(TimeSpan Wait, TimeSpan Silence)> WhileAsync(Func<Task> work)
    {
        var from = Stopwatch.GetTimestamp();
        await work();
        await MoreAsync(20);
        var writes = _confirmed.Where(r => r.At >= from).OrderBy(r => r.At).ToList();
        return (writes.Max(r => r.Took), writes.Zip(writes.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a.At, b.At)).Max());
    }

    /// <summary>Ends them, and counts confirmed writes that the server does not have.</summary>
    public async Task<long> LostAsync(RealRedis server)
    {
        await _stop.CancelAsync();
        await _running;
        var lost = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            lost += Math.Max(0, _counts[i] - long.Parse(await server.TextAsync("GET", Key(i)), CultureInfo.InvariantCulture));
        }

        return lost;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task WriteAsync(int port, int client)
    {
        while (!_stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await using var session = await RealRedis.OpenAsync(port);
                await session.AskAsync(CancellationToken.None, "INCR", Key(client));
                _counts[client]++;
                _confirmed.Enqueue((Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began)));
            }
            catch (DatabaseException)
            {
                Interlocked.Increment(ref _failed);
                await Task.Delay(5);
            }
        }
    }

    private static string Key(int client) => string.Create(CultureInfo.InvariantCulture, $"client:{client}");
}
