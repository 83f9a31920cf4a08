using System.Net.Sockets;

namespace HaproxyRuntime;

/// <summary>The connection that it is everywhere but in the simulation: a socket.</summary>
internal sealed class SocketConnection(Socket socket) : Connection
{
    // Made when it is needed. Without whoever's context opened the connection: each caller goes on in its own.
    private SocketAsyncEventArgs? _received;

    /// <inheritdoc/>
    public override int BytesReceived => _received!.BytesTransferred;

    /// <inheritdoc/>
    public override SocketError Error => _received!.SocketError;

    /// <inheritdoc/>
    public override bool Receive(Memory<byte> space)
    {
        if (_received is null)
        {
            _received = new SocketAsyncEventArgs(true);
            _received.Completed += (_, _) => OnReceived();
        }

        _received.SetBuffer(space);
        return socket.ReceiveAsync(_received);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel) => socket.ReceiveAsync(space, cancel);

    /// <inheritdoc/>
    public override async Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancel).ConfigureAwait(false)..];
        }
    }

    /// <inheritdoc/>
    public override void Shutdown() => socket.Shutdown(SocketShutdown.Both);

    /// <inheritdoc/>
    public override void Close() => socket.Dispose();

    /// <inheritdoc/>
    public override void Dispose()
    {
        socket.Dispose();
        _received?.Dispose();
    }
}
