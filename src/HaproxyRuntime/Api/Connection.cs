using System.Net.Sockets;

namespace HaproxyRuntime;

/// <summary>One connection to a Runtime API: bytes there and back. A socket, and in the simulation what stands for one.</summary>
internal abstract class Connection : IDisposable
{
    /// <summary>Raised when <see cref="Receive"/> has said that it waits, and bytes, the end or an error have come.</summary>
    public event Action? Received;

    /// <summary>How many bytes the latest <see cref="Receive"/> brought; 0 at the end.</summary>
    public abstract int BytesReceived { get; }

    /// <summary>How the latest <see cref="Receive"/> ended.</summary>
    public abstract SocketError Error { get; }

    /// <summary>Reads what comes next into this space. One at a time.</summary>
    /// <returns>Whether it waits; false when it has received at once.</returns>
    public abstract bool Receive(Memory<byte> space);

    /// <summary>Reads what comes next into this space. Not together with <see cref="Receive"/>.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="SocketException">The connection broke.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel);

    /// <summary>Sends all of it.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    public abstract Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel);

    /// <summary>Whoever reads meets the end, behind what has already arrived.</summary>
    /// <exception cref="SocketException">It has ended already.</exception>
    public abstract void Shutdown();

    /// <summary>Ends it; a <see cref="Receive"/> that waits ends with an error. What belongs to its reading is kept until <see cref="Dispose"/>.</summary>
    public abstract void Close();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Raises <see cref="Received"/>.</summary>
    protected void OnReceived() => Received?.Invoke();
}
