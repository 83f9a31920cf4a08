using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace DbSwitch.App.Http.Events;

/// <summary>
/// One who listens. What is for it waits in a row of its own, which has an end: who does not take what it asked for is let go, and may come back with the id of what it
/// has seen. So nobody waits for anybody.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Whoever cancels, and whoever waits for it, may come last; a source without a timer has nothing to free.")]
internal sealed class EventListener
{
    /// <summary>Some seconds of the fastest changes; the frames are shared, so that a place costs next to nothing.</summary>
    private const int MostWaiting = 1024;

    private readonly Channel<ReadOnlyMemory<byte>> _waiting = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _left = new();

    public ChannelReader<ReadOnlyMemory<byte>> Frames => _waiting.Reader;

    /// <summary>Cancelled when it did not take what it asked for.</summary>
    public CancellationToken LeftBehind => _left.Token;

    /// <returns>False when it is let go.</returns>
    public bool Offer(ReadOnlyMemory<byte> frame)
    {
        if (_waiting.Writer.TryWrite(frame))
        {
            return true;
        }

        // Its own continuations run elsewhere.
        _ = _left.CancelAsync();
        return false;
    }
}
