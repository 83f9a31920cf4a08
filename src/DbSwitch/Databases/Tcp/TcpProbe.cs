using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Databases.Tcp;

/// <summary>Connects, and closes again.</summary>
internal sealed class TcpProbe(TimeProvider time) : IDatabaseProbe
{
    // Long enough for a greeting from next door; nobody waits for this but the loop that asks.
    private static readonly TimeSpan GreetingPatience = TimeSpan.FromMilliseconds(200);

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(2);

    public async Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, cancel).ConfigureAwait(false);
            return new ProbeAnswer(Health.Healthy, null, fresh ? null : new TcpFacts(await IsMySqlAsync(socket, cancel).ConfigureAwait(false)));
        }
        catch (SocketException e)
        {
            // Refused is an answer of that machine. All else (no route, no network here) may as well be our side's fault.
            return e.SocketErrorCode == SocketError.ConnectionRefused
                ? new ProbeAnswer(Health.Unhealthy, $"refuses connections at {address}")
                : new ProbeAnswer(Health.Unknown, $"can't be reached at {address} from the manager ({e.Message})");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>MySQL and MariaDB speak first, and their greeting is known by its fifth byte, the protocol's version.</summary>
    private async Task<bool> IsMySqlAsync(Socket socket, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(GreetingPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        var greeting = new byte[5];
        var length = 0;
        try
        {
            while (length < greeting.Length && await socket.ReceiveAsync(greeting.AsMemory(length), either.Token).ConfigureAwait(false) is > 0 and var received)
            {
                length += received;
            }
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // It says nothing by itself, as most do.
        }

        return length == greeting.Length && greeting[3] == 0 && greeting[4] == 10;
    }
}

/// <param name="SpeaksMySql">It greeted as MySQL and MariaDB do.</param>
internal sealed record TcpFacts(bool SpeaksMySql) : DatabaseFacts
{
    public override string Summary => SpeaksMySql ? "MySQL or MariaDB, by its greeting" : "";

    public override IReadOnlyDictionary<string, string> Values => new Dictionary<string, string>();

    // They count connections that end before a login, and refuse the whole host after max_connect_errors of them (100): that host may be the proxy's, too.
    public override string? WhyNotAskedAgain => SpeaksMySql ? "it blocks hosts that connect without a login, so it is asked at a switchover only" : null;
}
