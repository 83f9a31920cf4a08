using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>
/// Clients that come and come: some that connect again the moment they were served, and arrivals at a rate of their own, whether the earlier ones were served or not.
/// A connection that fails was either open when HAProxy was killed, which nothing can save, or it is a failure.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _arrivals = [];
    private readonly ConcurrentQueue<(long Began, bool Connected, long Ended, string How)> _failed = new();
    private readonly ConcurrentQueue<(long Began, long Over)> _kills = new();
    private readonly EndPoint _address;
    private readonly Task _running;
    private long _longest;
    private int _served;

    public SteadyLoad(EndPoint address, int reconnecting = 8, int arrivalsPerSecond = 200)
    {
        _address = address;
        _running = Task.WhenAll([.. Enumerable.Range(0, reconnecting).Select(_ => Task.Run(ReconnectAsync)), Task.Run(() => ArriveAsync(arrivalsPerSecond))]);
    }

    public int Served => Volatile.Read(ref _served);

    public TimeSpan LongestWait => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _longest));

    /// <summary>Those that nothing excuses, each with how it ended.</summary>
    public IReadOnlyList<string> Failures => [.. _failed.Where(failed => !WasOpenAtAKill(failed)).Select(failed => failed.How)];

    /// <summary>Those that were open when HAProxy was killed.</summary>
    public int LostWithHaproxy => _failed.Count(WasOpenAtAKill);

    /// <summary>Kills HAProxy's processes, and waits until all of its family of before are dead.</summary>
    public Task KillAsync(HostUnderTest host, Action kill) => KillAsync(async () =>
    {
        var family = host.Family;
        kill();
        await Wire.UntilAsync(() => family.All(process => !process.IsAlive), "HAProxy lives on");
    });

    /// <param name="kill">Kills it, and returns when it is dead.</param>
    public async Task KillAsync(Func<Task> kill)
    {
        var began = Stopwatch.GetTimestamp();
        await kill();
        _kills.Enqueue((began, Stopwatch.GetTimestamp()));
    }

    /// <summary>Waits until so many more were served.</summary>
    public Task MoreAsync(int count)
    {
        var until = Served + count;
        return Until.TrueAsync($"{count} more to be served", () => Served >= until || Failures.Count > 0, 40);
    }

    /// <summary>No more come, and those that are there get their answers.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Task.WhenAll(_arrivals);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Served} served, the longest after {LongestWait.TotalMilliseconds:0} ms; {Failures.Count} failed, {LostWithHaproxy} were open when HAProxy was killed");

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    // Begun before HAProxy was dead, and made, it may have been accepted by it. When connect() returned would say less: on a busy machine we hear of it late.
    private bool WasOpenAtAKill((long Began, bool Connected, long Ended, string How) failed) =>
        failed.Connected && _kills.Any(kill => failed.Began < kill.Over && failed.Ended >= kill.Began);

    private async Task ReconnectAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await AskAsync();
        }
    }

    private async Task ArriveAsync(int perSecond)
    {
        var (began, come) = (Stopwatch.GetTimestamp(), 0);
        while (!_stop.IsCancellationRequested)
        {
            for (; come < Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond; come++)
            {
                _arrivals.Add(AskAsync());
            }

            await Task.Delay(5);
        }
    }

    private async Task AskAsync()
    {
        var (began, connected) = (Stopwatch.GetTimestamp(), false);
        string answer;
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(_address, limit.Token);
            connected = true;
            await socket.SendAsync("hello\n"u8.ToArray(), limit.Token);
            var buffer = new byte[100];
            var length = await socket.ReceiveAsync(buffer, limit.Token);
            answer = length == 0 ? "closed" : Encoding.ASCII.GetString(buffer, 0, length);
        }
        catch (OperationCanceledException)
        {
            answer = "forgotten";
        }
        catch (SocketException e)
        {
            answer = e.SocketErrorCode.ToString();
        }

        var ended = Stopwatch.GetTimestamp();
        if (answer.EndsWith(": hello\n", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _served);
            for (var longest = Volatile.Read(ref _longest); ended - began > longest; longest = Volatile.Read(ref _longest))
            {
                Interlocked.CompareExchange(ref _longest, ended - began, longest);
            }
        }
        else
        {
            _failed.Enqueue((began, connected, ended, string.Create(CultureInfo.InvariantCulture, $"{answer} after {Stopwatch.GetElapsedTime(began, ended).TotalMilliseconds:0} ms")));
        }
    }
}
