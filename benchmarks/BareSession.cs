using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Benchmarks;

/// <summary>What the library is held against: a socket, one buffer, no deadline, no limit, no second user, and nothing is checked.</summary>
internal sealed class BareSession : IDisposable
{
    private static readonly byte[] s_prompt = "\n> "u8.ToArray();

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65_536];

    private BareSession(Socket socket) => _socket = socket;

    public static async Task<BareSession> OpenAsync(string path)
    {
        var session = new BareSession(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        await session._socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await session.AskAsync("prompt");
        return session;
    }

    public async Task<string> AskAsync(string command)
    {
        await _socket.SendAsync(Encoding.UTF8.GetBytes(command + "\n"));
        var length = 0;
        do
        {
            length += await _socket.ReceiveAsync(_buffer.AsMemory(length));
        }
        while (!_buffer.AsSpan(0, length).EndsWith(s_prompt));

        return Encoding.UTF8.GetString(_buffer, 0, length - s_prompt.Length);
    }

    /// <summary>As netcat does it: until HAProxy closes.</summary>
    public static async Task<string> AskOnceAsync(string path, string command)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await socket.SendAsync(Encoding.UTF8.GetBytes(command + "\n"));
        var (buffer, length) = (new byte[16_384], 0);
        while (await socket.ReceiveAsync(buffer.AsMemory(length)) is > 0 and var read)
        {
            length += read;
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    public void Dispose() => _socket.Dispose();
}
