namespace DbSwitch.App.Http.Events;

/// <summary>The latest events, for those who lost their connection for a moment. Bounded by number and by size; not safe for use by several at once.</summary>
internal sealed class EventLog(int mostEvents, int mostBytes)
{
    private readonly Queue<ReadOnlyMemory<byte>> _frames = new();
    private int _bytes;

    /// <summary>Of this run of the manager.</summary>
    public string Run { get; } = EventId.NewRun();

    /// <summary>The number of the latest event; 0 before the first.</summary>
    public long Latest { get; private set; }

    public ReadOnlyMemory<byte> Append(string kind, ReadOnlySpan<byte> json)
    {
        var frame = EventFrame.Of(EventId.Text(Run, ++Latest), kind, json);
        _frames.Enqueue(frame);
        _bytes += frame.Length;
        while (_frames.Count > mostEvents || (_bytes > mostBytes && _frames.Count > 1))
        {
            _bytes -= _frames.Dequeue().Length;
        }

        return frame;
    }

    /// <summary>What came after an event; null when that is not known any more, or never was.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? After(string id) =>
        EventId.NumberOf(Run, id) is { } number && number <= Latest && number >= Latest - _frames.Count
            ? [.. _frames.Skip(_frames.Count - (int)(Latest - number))]
            : null;
}
