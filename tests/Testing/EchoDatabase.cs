using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using HaproxyRuntime;

namespace DbSwitch.Testing;

/// <summary>
/// The seed's database: a TCP server on loopback that answers each line with its name and the line. Every fault is a
/// verb; its port stays the same through all of them.
/// </summary>
public sealed class EchoDatabase : IAsyncDisposable
{
    private readonly ConcurrentDictionary<TcpClient, Task> _sessions = new();
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly string _prefix;
    private readonly TimeProvider _time;
    private readonly IPEndPoint _address;
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private TaskCompletionSource _thawed = Thawed();
    private int _connections;

    /// <summary>Accepts connections from now on.</summary>
    /// <param name="prefix">What its answers begin with: who answered.</param>
    /// <param name="ipv6">On ::1 instead of 127.0.0.1.</param>
    /// <param name="time">For the requests' times.</param>
    /// <param name="port">A certain port; 0 for any free one.</param>
    public EchoDatabase(string prefix, bool ipv6 = false, TimeProvider? time = null, int port = 0)
    {
        (_prefix, _time) = (prefix, time ?? TimeProvider.System);
        _listener = new TcpListener(ipv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, port);
        _listener.Start();
        _address = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Its port.</summary>
    public int Port => _address.Port;

    /// <summary>What its answers begin with.</summary>
    public string Prefix => _prefix;

    /// <summary>Its address, as a configuration has it.</summary>
    public HostPort HostPort => new(_address.Address.ToString(), _address.Port);

    /// <summary>As the Runtime API's <c>add server</c> wants it: 127.0.0.1:PORT, or an IPv6 literal with the port after its last colon.</summary>
    public string Address => $"{_address.Address}:{_address.Port}";

    /// <summary>How many connections were ever accepted.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many are open.</summary>
    public int OpenConnections => _sessions.Count;

    /// <summary>Every line received, answered or not.</summary>
    public IReadOnlyCollection<ReceivedRequest> Requests => _requests;

    /// <summary>New connections are refused from now on; open ones live on.</summary>
    public async Task RefuseAsync()
    {
        _listener?.Stop();
        _listener = null;
        await _accepting;
    }

    /// <summary>New connections are refused, and the open ones are closed.</summary>
    public async Task StopAsync()
    {
        await RefuseAsync();
        Thaw();
        foreach (var session in _sessions)
        {
            session.Key.Close();
            await session.Value;
        }
    }

    /// <summary>After <see cref="StopAsync"/> or <see cref="RefuseAsync"/>: accepts connections again, on the same port.</summary>
    public void Start()
    {
        if (_listener is null)
        {
            _listener = new TcpListener(_address);
            _listener.Start();
            _accepting = AcceptAsync(_listener);
        }
    }

    /// <summary>Accepts and reads, but never answers, like a database whose disk hangs.</summary>
    public void Freeze() => _thawed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers again, first what it was asked while frozen.</summary>
    public void Thaw() => _thawed.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private static TaskCompletionSource Thawed()
    {
        var thawed = new TaskCompletionSource();
        thawed.SetResult();
        return thawed;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
                // Registered before it can end, and so before it takes itself out.
                var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _sessions[client] = AnswerAsync(client, begin.Task);
                begin.SetResult();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was stopped.
        }
    }

    private async Task AnswerAsync(TcpClient client, Task begin)
    {
        await begin;
        try
        {
            client.NoDelay = true;
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
            while (await reader.ReadLineAsync() is { } line)
            {
                _requests.Enqueue(new ReceivedRequest(_time.GetUtcNow(), line));
                await _thawed.Task;
                await writer.WriteLineAsync($"{_prefix} {line}");
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client went away, or we were stopped.
        }
        finally
        {
            _sessions.TryRemove(client, out _);
            client.Dispose();
        }
    }
}
