using System.Collections.Concurrent;
using System.Globalization;
using DbSwitch.Databases;
using DbSwitch.Databases.Redis;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Clients that count through a proxy, each a key of its own, and keep count of what was confirmed to them.</summary>
internal sealed class RedisWriters(int port) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly ConcurrentDictionary<string, (long Confirmed, long Unknown)> _counts = new();
    private long _confirmed;

    public ConcurrentQueue<string> FailedConnections { get; } = new();

    public long Confirmed => Interlocked.Read(ref _confirmed);

    /// <summary>A new connection for each.</summary>
    public RedisWriters Reconnecting(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var key = $"reconnecting:{i}";
            _running.Add(Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    if (await ConnectAsync() is { } session)
                    {
                        await using (session)
                        {
                            await CountAsync(session, key, ["INCR", key]);
                        }
                    }
                }
            }));
        }

        return this;
    }

    /// <summary>Open sessions, each with another way to write.</summary>
    public RedisWriters Keeping()
    {
        Keep("incr", (session, key) => CountAsync(session, key, ["INCR", key]));
        Keep("expiring", async (session, key) => await CountAsync(session, key, ["INCR", key]) && await AskAsync(session, ["SET", $"short:{Random.Shared.Next(100)}", "v", "PX", "30"]));
        Keep("eval", (session, key) => CountAsync(session, key, ["EVAL", "return redis.call('INCR', KEYS[1])", "1", key]));
        Keep("multi", async (session, key) => await AskAsync(session, ["MULTI"]) && await AskAsync(session, ["INCR", key]) && await CountAsync(session, key, ["EXEC"]));
        Keep("pushed", async (session, key) => await CountAsync(session, key, ["RPUSH", key, "x"]) && await AskAsync(session, ["PUBLISH", "news", "x"]));

        // Who waits for something that never comes is ended like all others.
        Keep("waiting", (session, key) => AskAsync(session, ["BLPOP", "nothing", "5"]));
        return this;
    }

    public Task MoreAsync(int writes)
    {
        var until = Confirmed + writes;
        return Until.TrueAsync($"{writes} more writes to be confirmed", () => Confirmed >= until, seconds: 20);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>Each counter is what was confirmed, or more by what was not answered; never less, and never twice.</summary>
    public async Task AllAreInAsync(RealRedis server)
    {
        foreach (var (key, (confirmed, unknown)) in _counts)
        {
            var value = await server.DoAsync(key.StartsWith("pushed", StringComparison.Ordinal) ? "LLEN" : "GET", key) switch
            {
                RespValue.Number { Value: var length } => length,
                RespValue.Text { Value: { } text } => long.Parse(text, CultureInfo.InvariantCulture),
                _ => 0,
            };
            value.ShouldBeInRange(confirmed, confirmed + unknown, key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private void Keep(string key, Func<RedisSession, string, Task<bool>> write) => _running.Add(Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            if (await ConnectAsync() is { } session)
            {
                await using (session)
                {
                    while (!_stop.IsCancellationRequested && await write(session, key))
                    {
                    }
                }
            }
        }
    }));

    private async Task<RedisSession?> ConnectAsync()
    {
        try
        {
            return await RealRedis.OpenAsync(port);
        }
        catch (DatabaseException e)
        {
            FailedConnections.Enqueue(e.Message);
            await Task.Delay(20);
            return null;
        }
    }

    /// <returns>Whether the session is of use still.</returns>
    private async Task<bool> CountAsync(RedisSession session, string key, string[] command)
    {
        RespValue answer;
        try
        {
            answer = await session.TryAskAsync(CancellationToken.None, command);
        }
        catch (DatabaseException)
        {
            _counts.AddOrUpdate(key, (0, 1), (_, c) => (c.Confirmed, c.Unknown + 1));
            return false;
        }

        if (answer is RespValue.Error)
        {
            // Refused: it was not done.
            return false;
        }

        _counts.AddOrUpdate(key, (1, 0), (_, c) => (c.Confirmed + 1, c.Unknown));
        Interlocked.Increment(ref _confirmed);
        return true;
    }

    private async Task<bool> AskAsync(RedisSession session, string[] command)
    {
        try
        {
            return await session.TryAskAsync(_stop.Token, command) is not RespValue.Error;
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            return false;
        }
    }
}
