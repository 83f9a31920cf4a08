using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;

namespace HaproxyRuntime.Tests;

/// <summary>A Runtime API that behaves, until it is told how not to. Each fault has a name, and is true of every connection from the next byte on.</summary>
internal sealed class FakeHaproxy : IAsyncDisposable
{
    private const string Prompt = "\n> ";

    private readonly Socket _listener;
    private readonly string? _path;
    private readonly Task _accepting;
    private readonly List<(Socket Socket, Task Task)> _connections = [];
    private readonly StringBuilder _received = new();
    private TaskCompletionSource _mayAnswer = new();
    private TaskCompletionSource _mayRead = new();

    /// <param name="tcp">On a port of loopback instead of a Unix socket.</param>
    public FakeHaproxy(bool tcp = false)
    {
        _mayAnswer.SetResult();
        _mayRead.SetResult();
        if (tcp)
        {
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Endpoint = new RuntimeEndpoint.Tcp(new HostPort("127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port));
        }
        else
        {
            _path = $"/tmp/dbsw-fake-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.sock";
            _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _listener.Bind(new UnixDomainSocketEndPoint(_path));
            Endpoint = new RuntimeEndpoint.Unix(_path);
        }

        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    public RuntimeEndpoint Endpoint { get; }

    /// <summary>The answer to each command, without prompts. Until told otherwise it repeats the command.</summary>
    public Func<string, string> Answers { get; set; } = command => command + "\n";

    /// <summary>What it says when it is asked for interactive mode.</summary>
    public string Greets { get; set; } = Prompt;

    /// <summary>It closes when it has sent this many bytes, prompts included.</summary>
    public int? CutsAfter { get; set; }

    /// <summary>When it closes it resets the connection (TCP only).</summary>
    public bool Resets { get; set; }

    /// <summary>It sends each answer in pieces of these sizes, the last one again and again.</summary>
    public IReadOnlyList<int> Pieces { get; set; } = [int.MaxValue];

    /// <summary>How long it waits between two pieces, so that they arrive as two.</summary>
    public TimeSpan BetweenPieces { get; set; }

    /// <summary>To every command it sends without end.</summary>
    public bool Floods { get; set; }

    /// <summary>It accepts connections and reads nothing.</summary>
    public bool Reads { get; set; } = true;

    /// <summary>It closes its side for reading, and says nothing about it.</summary>
    public bool StopsListening { get; set; }

    /// <summary>Everything that it was sent, on whichever connection.</summary>
    public string Received
    {
        get
        {
            lock (_received)
            {
                return _received.ToString();
            }
        }
    }

    /// <summary>How many bytes it has sent.</summary>
    public long BytesSent { get; private set; }

    public int Connections
    {
        get
        {
            lock (_connections)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>It reads, and does not answer.</summary>
    public void Hold() => _mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>It answers what it was asked in the meantime, in order.</summary>
    public void LetGo() => _mayAnswer.TrySetResult();

    /// <summary>It reads no more, and so can't be sent to for long.</summary>
    public void StopReading() => _mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>It reads again.</summary>
    public void ReadOn() => _mayRead.TrySetResult();

    /// <summary>It says something that nobody asked for.</summary>
    public async Task SayAsync(string text)
    {
        foreach (var (socket, _) in Copy())
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(text));
        }
    }

    /// <summary>It closes every connection.</summary>
    public void Close()
    {
        foreach (var (socket, _) in Copy())
        {
            Close(socket);
        }
    }

    public async ValueTask DisposeAsync()
    {
        LetGo();
        ReadOn();
        _listener.Dispose();
        await _accepting;
        Close();
        foreach (var (_, task) in Copy())
        {
            await task;
        }

        if (_path is not null)
        {
            File.Delete(_path);
        }
    }

    private (Socket Socket, Task Task)[] Copy()
    {
        lock (_connections)
        {
            return [.. _connections];
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                lock (_connections)
                {
                    _connections.Add((socket, ServeAsync(socket)));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        var lines = Channel.CreateUnbounded<string>();
        var answering = AnswerAllAsync(lines.Reader, socket);
        try
        {
            var unread = "";
            var buffer = new byte[4096];
            while (Reads && await socket.ReceiveAsync(buffer) is > 0 and var read)
            {
                var text = Encoding.Latin1.GetString(buffer, 0, read);
                lock (_received)
                {
                    _received.Append(text);
                }

                var parts = (unread + text).Split('\n');
                unread = parts[^1];
                foreach (var line in parts[..^1])
                {
                    lines.Writer.TryWrite(line);
                }

                if (StopsListening)
                {
                    socket.Shutdown(SocketShutdown.Receive);
                    break;
                }

                await _mayRead.Task;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other end has gone.
        }

        lines.Writer.Complete();
        await answering;
        if (Reads && !StopsListening)
        {
            Close(socket);
        }
    }

    private async Task AnswerAllAsync(ChannelReader<string> lines, Socket socket)
    {
        var output = new Output(this, socket);
        try
        {
            await foreach (var line in lines.ReadAllAsync())
            {
                if (!await AnswerAsync(line, output))
                {
                    Close(socket);
                    return;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other end has gone.
        }
    }

    /// <summary>False when it is to close.</summary>
    private async Task<bool> AnswerAsync(string line, Output output)
    {
        if (line == "prompt")
        {
            return await output.SendAsync(Greets);
        }

        await _mayAnswer.Task;
        while (Floods && line != "quit")
        {
            await output.SendAsync(new string('x', 65_536));
        }

        return line != "quit" && await output.SendAsync(Answers(line) + Prompt);
    }

    private void Close(Socket socket)
    {
        try
        {
            if (Resets)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            else
            {
                // Without it .NET resets a TCP connection that it is reading from.
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }

    private sealed class Output(FakeHaproxy fake, Socket socket)
    {
        private int _sent;

        /// <summary>False when it was cut.</summary>
        public async Task<bool> SendAsync(string text)
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            var length = Math.Min(bytes.Length, (fake.CutsAfter ?? int.MaxValue) - _sent);
            for (int i = 0, at = 0; at < length; i++)
            {
                if (i > 0 && fake.BetweenPieces > TimeSpan.Zero)
                {
                    await Task.Delay(fake.BetweenPieces);
                }

                var piece = Math.Min(fake.Pieces[Math.Min(i, fake.Pieces.Count - 1)], length - at);
                await socket.SendAsync(bytes.AsMemory(at, piece));
                at += piece;
            }

            _sent += length;
            fake.BytesSent += length;
            return fake.CutsAfter is not { } cut || _sent < cut;
        }
    }
}
