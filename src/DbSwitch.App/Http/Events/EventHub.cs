using System.Text.Json;
using DbSwitch.App.Contracts;

namespace DbSwitch.App.Http.Events;

/// <summary>Everybody who listens, and what there is to tell them. Nothing here waits: an event is put into each listener's own row.</summary>
internal sealed class EventHub
{
    public const int MostListeners = 1000;
    private const int MostKept = 2000;
    private const int MostBytesKept = 8 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly EventLog _log = new(MostKept, MostBytesKept);
    private readonly HashSet<EventListener> _listeners = [];

    // The latest view of each switch, which is where a new listener begins.
    private readonly SortedDictionary<string, (byte[] View, byte[] News)> _views = new(StringComparer.Ordinal);

    // The latest numbers of each switch, as they are sent.
    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> _loads = new(StringComparer.Ordinal);

    public int Listeners
    {
        get
        {
            lock (_lock)
            {
                return _listeners.Count;
            }
        }
    }

    public void Publish(string kind, ReadOnlySpan<byte> json)
    {
        lock (_lock)
        {
            Offer(_log.Append(kind, json));
        }
    }

    /// <summary>Tells what a switch shows now, if that is news.</summary>
    /// <param name="news">What of it is news when it is another.</param>
    public void Show(string name, byte[] view, byte[] news)
    {
        lock (_lock)
        {
            var isNews = !_views.TryGetValue(name, out var before) || !before.News.AsSpan().SequenceEqual(news);
            _views[name] = (view, news);
            if (isNews)
            {
                Offer(_log.Append(EventKind.Switch, view));
            }
        }
    }

    /// <summary>Tells numbers that are only about now: who missed them needs the next ones, so they have no id and are not kept.</summary>
    public void ShowLoad(string name, byte[] json)
    {
        var frame = EventFrame.Of(null, EventKind.Load, json);
        lock (_lock)
        {
            if (!_loads.TryGetValue(name, out var before) || !before.Span.SequenceEqual(frame.Span))
            {
                _loads[name] = frame;
                Offer(frame);
            }
        }
    }

    /// <summary>They are not asked for any more, so they are not told to whoever comes next.</summary>
    public void ForgetLoads()
    {
        lock (_lock)
        {
            _loads.Clear();
        }
    }

    /// <summary>Begins anew for everybody when a switch that was shown is not among these any more.</summary>
    public void Keep(IReadOnlyCollection<string> names)
    {
        lock (_lock)
        {
            if (_views.Keys.Except(names).ToList() is not { Count: > 0 } gone)
            {
                return;
            }

            gone.ForEach(name => _views.Remove(name));
            gone.ForEach(name => _loads.Remove(name));
            Offer(_log.Append(EventKind.Reset, ResetOf($"The configuration has no {string.Join(" and no ", gone)} any more: forget all that was told; it follows again.")));
            foreach (var (view, _) in _views.Values)
            {
                Offer(_log.Append(EventKind.Switch, view));
            }
        }
    }

    /// <summary>Keeps a connection in use.</summary>
    public void Beat()
    {
        lock (_lock)
        {
            Offer(EventFrame.Beat);
        }
    }

    /// <summary>Begins to listen; null when there are too many who do.</summary>
    /// <param name="lastId">The last event that it has seen; null for a new one.</param>
    /// <param name="first">What is to be sent before what its row brings: what it missed, or all that there is.</param>
    public EventListener? Join(string? lastId, out IReadOnlyList<ReadOnlyMemory<byte>> first)
    {
        lock (_lock)
        {
            if (_listeners.Count >= MostListeners)
            {
                first = [];
                return null;
            }

            var listener = new EventListener();
            _listeners.Add(listener);
            first = [.. lastId is null ? All() : _log.After(lastId) ?? [EventFrame.Of(null, EventKind.Reset, ResetOf("What came after that event is not known any more: forget all that was told; it follows again.")), .. All()], .. _loads.Values];
            return listener;
        }
    }

    public void Leave(EventListener listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
        }
    }

    // Only the last has an id: who loses the connection in the middle of them has not seen all.
    private IReadOnlyList<ReadOnlyMemory<byte>> All()
    {
        var id = EventId.Text(_log.Run, _log.Latest);
        return [.. _views.Values.Select((v, i) => EventFrame.Of(i == _views.Count - 1 ? id : null, EventKind.Switch, v.View))];
    }

    private void Offer(ReadOnlyMemory<byte> frame) => _listeners.RemoveWhere(l => !l.Offer(frame));

    private static byte[] ResetOf(string why) => JsonSerializer.SerializeToUtf8Bytes(new MessageView(why, []), ContractsJson.Default.MessageView);
}

/// <summary>What events there are; clients know them by these words.</summary>
internal static class EventKind
{
    /// <summary>All that a switch shows: <see cref="SwitchView"/>.</summary>
    public const string Switch = "switch";

    /// <summary>A switchover that came to a phase, or to its end: <see cref="SwitchoverView"/>.</summary>
    public const string Switchover = "switchover";

    /// <summary>What the targets of a switch have to do now: <see cref="LoadView"/>.</summary>
    public const string Load = "load";

    /// <summary>What the manager logs of its switches: <see cref="LogView"/>.</summary>
    public const string Log = "log";

    /// <summary>Forget what was told, it follows again: <see cref="MessageView"/>.</summary>
    public const string Reset = "reset";
}
