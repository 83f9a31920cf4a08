using System.Collections.Concurrent;
using System.Globalization;
using DbSwitch.Tests.Databases.Postgres;
using Npgsql;

namespace DbSwitch.Tests.Gates;

/// <summary>
/// A client that comes past the proxies, and looks all the time whether both databases would take its writes. The old one is asked after the new one has taken one: since nobody ever goes back, an old
/// one that takes one too did so at the same time.
/// </summary>
internal sealed class WritableWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _looking;

    public WritableWatch(RealPostgres old, RealPostgres next) => _looking = Task.Run(() => LookAsync(old, next));

    /// <summary>When both took writes.</summary>
    public ConcurrentQueue<DateTimeOffset> Both { get; } = new();

    /// <summary>How often the new one took one.</summary>
    public int OfNext { get; private set; }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _looking;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task LookAsync(RealPostgres old, RealPostgres next)
    {
        for (var number = 1; !_stop.IsCancellationRequested; number++)
        {
            if (await WritesAsync(next, number))
            {
                OfNext++;
                if (await WritesAsync(old, number))
                {
                    Both.Enqueue(DateTimeOffset.UtcNow);
                }
            }

            await Task.Delay(Pace, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>As the writer 0. One that does not answer has not taken it, as far as its client knows.</summary>
    private static async Task<bool> WritesAsync(RealPostgres server, int number)
    {
        try
        {
            await server.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO written VALUES (0, {number})"), "app", "orders");
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }
}
