using System.Net.Sockets;
using System.Text;
using HaproxyRuntime;

namespace DbSwitch.Simulation.Proxies;

/// <summary>
/// A connection of the manager's to one HAProxy process, or to its master, as both ends have it. What is sent waits until the world has the other end read it; what is answered waits until the world
/// delivers it, whole or in part.
/// </summary>
internal sealed class SimConnection(SimProxy proxy, SimWorker? worker) : Connection
{
    private readonly StringBuilder _unfinished = new();
    private readonly List<byte> _arrived = [];
    private Memory<byte> _space;
    private bool _waits;
    private TaskCompletionSource? _asynchronous;
    private SocketError? _broken;
    private bool _hasEnd;
    private int _received;
    private SocketError _error;

    public SimProxy Proxy { get; } = proxy;

    /// <summary>Null for the master's.</summary>
    public SimWorker? Worker { get; } = worker;

    /// <summary>Commands that are on their way.</summary>
    public Queue<string> ToPeer { get; } = new();

    /// <summary>Answers that are on their way.</summary>
    public List<byte> ToUs { get; } = [];

    /// <summary>The other end has closed it, or has ended; behind what is on its way.</summary>
    public bool ClosedByPeer { get; set; }

    /// <summary>Our end was closed, or lost it; HAProxy may not know yet.</summary>
    public bool ClosedByUs { get; private set; }

    /// <summary>The manager has lost it without a word from the other end.</summary>
    public bool LostByUs { get; private set; }

    /// <summary>Nothing moves on it until something arrives late.</summary>
    public bool Stalled { get; set; }

    public bool Prompts { get; set; }

    /// <summary>How many answers have arrived whole.</summary>
    public int Answers { get; set; }

    public override int BytesReceived => _received;

    public override SocketError Error => _error;

    public bool HasNews => ToUs.Count > 0 || (ClosedByPeer && !_hasEnd && !ClosedByUs);

    /// <summary>So many bytes arrive; behind the last one the end, where there is one.</summary>
    public void Deliver(int count)
    {
        if (!ClosedByUs)
        {
            _arrived.AddRange(ToUs[..count]);
        }

        ToUs.RemoveRange(0, count);
        _hasEnd = ClosedByPeer && ToUs.Count == 0;
        Wake();
    }

    /// <summary>Our end gives it up: nothing was heard for too long.</summary>
    public void Break()
    {
        (_broken, LostByUs) = (SocketError.TimedOut, true);
        Wake();
    }

    public override bool Receive(Memory<byte> space)
    {
        (_space, _waits) = (space, !TryTake(space));
        return _waits;
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel)
    {
        while (!TryTake(space))
        {
            _asynchronous = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _asynchronous.Task.WaitAsync(cancel).ConfigureAwait(false);
        }

        return _error == SocketError.Success ? _received : throw new SocketException((int)_error);
    }

    public override Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        if (ClosedByUs || _broken is not null)
        {
            return Task.FromException(new SocketException((int)SocketError.Shutdown));
        }

        if (!ClosedByPeer)
        {
            _unfinished.Append(Encoding.UTF8.GetString(bytes.Span));
            var lines = _unfinished.ToString().Split('\n');
            foreach (var line in lines[..^1])
            {
                ToPeer.Enqueue(line);
            }

            _unfinished.Clear().Append(lines[^1]);
        }

        return Task.CompletedTask;
    }

    public override void Shutdown() => Wake();

    public override void Close()
    {
        if (!ClosedByUs)
        {
            ClosedByUs = true;
            ToUs.Clear();
            Wake();
        }
    }

    public override void Dispose() => Close();

    /// <summary>The manager has been killed: it is closed, and nobody is there to notice.</summary>
    public void Sever()
    {
        (ClosedByUs, _waits, _asynchronous) = (true, false, null);
        ToUs.Clear();
    }

    private void Wake()
    {
        if (_waits && TryTake(_space))
        {
            _waits = false;
            OnReceived();
        }

        Interlocked.Exchange(ref _asynchronous, null)?.SetResult();
    }

    private bool TryTake(Memory<byte> space)
    {
        (_received, _error) = (0, SocketError.Success);
        if (ClosedByUs)
        {
            _error = SocketError.OperationAborted;
        }
        else if (_arrived.Count > 0)
        {
            _received = Math.Min(space.Length, _arrived.Count);
            _arrived[.._received].ToArray().CopyTo(space);
            _arrived.RemoveRange(0, _received);
        }
        else if (_broken is { } broken)
        {
            _error = broken;
        }
        else
        {
            return _hasEnd;
        }

        return true;
    }
}
