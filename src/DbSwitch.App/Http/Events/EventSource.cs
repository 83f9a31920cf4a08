using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using DbSwitch.App.Contracts;
using DbSwitch.App.Notifying;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace DbSwitch.App.Http.Events;

/// <summary>
/// Makes events of what the manager tells. Whoever tells only leaves a note: what a switch shows is made here, once for all who listen, and as JSON byte for byte
/// what <c>GET /switches/NAME</c> answers.
/// </summary>
internal sealed partial class EventSource(EventHub hub, Notifier notifier, IOptions<JsonOptions> json, ILogger<EventSource> logger)
{
    // The first change is told at once, those that follow within this time together: a fence looks at a proxy two hundred times a second.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(15);

    // Nobody waits for whoever reads here, and that one waits for nobody: it can't grow long.
    private readonly Channel<Note> _notes = Channel.CreateUnbounded<Note>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);

    /// <summary>Tells all that happens, until stopped.</summary>
    public async Task RunAsync(Manager manager, CancellationToken stop)
    {
        manager.Changed += Take;
        manager.Progressed += Take;
        try
        {
            foreach (var one in manager.Switches.Values)
            {
                Take(one);
            }

            await Task.WhenAll(TellAsync(manager, stop), BeatAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends.
        }
        finally
        {
            manager.Changed -= Take;
            manager.Progressed -= Take;
        }
    }

    public void Take(LogView line) => _notes.Writer.TryWrite(new Note(EventKind.Log, () => Json(line)));

    private void Take(SwitchoverRecord record, SwitchoverPhase? phase)
    {
        var view = Views.Of(record) with { Phase = Views.Word(phase) };
        _notes.Writer.TryWrite(new Note(EventKind.Switchover, () => Json(view), view));
    }

    private void Take(DatabaseSwitch one)
    {
        bool isNews;
        lock (_changed)
        {
            isNews = _changed.Add(one.Name);
        }

        if (isNews)
        {
            _notes.Writer.TryWrite(Note.LookAtTheSwitches);
        }
    }

    private async Task TellAsync(Manager manager, CancellationToken stop)
    {
        while (await _notes.Reader.WaitToReadAsync(stop))
        {
            try
            {
                notifier.Use(manager.Configuration);
                TellNotes(manager);
                Show(manager);
            }
            catch (Exception e)
            {
                // Who listens must not end the telling, and is told what comes next.
                Unforeseen(e);
            }

            await Task.Delay(Together, stop);
        }
    }

    private void TellNotes(Manager manager)
    {
        while (_notes.Reader.TryRead(out var note))
        {
            if (note.Json is { } text)
            {
                hub.Publish(note.Kind, text());
            }

            if (note.Switchover is { } switchover && manager.Switches.TryGetValue(switchover.Switch, out var one))
            {
                notifier.Take(switchover, Views.Of(manager, one));
            }
        }
    }

    private void Show(Manager manager)
    {
        List<string> names;
        lock (_changed)
        {
            names = [.. _changed];
            _changed.Clear();
        }

        var switches = manager.Switches;
        hub.Keep([.. switches.Keys]);
        foreach (var name in names)
        {
            if (switches.TryGetValue(name, out var one))
            {
                var view = Views.Of(manager, one);
                hub.Show(name, Json(view), Json(WithoutTimes(view)));
                notifier.Take(view);
            }
        }
    }

    // When a target was probed last, how long that took, and what a guard found that is content all the same: another one each time, and alone no news.
    private static SwitchView WithoutTimes(SwitchView view) => view with { Targets = [.. view.Targets.Select(t => t with { Probe = t.Probe is { } probe ? probe with { At = default, Milliseconds = 0 } : null, Guards = [.. t.Guards.Select(g => g.Verdict == "passed" ? g with { Words = "" } : g)] })] };

    private async Task BeatAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(BeatInterval);
        while (await timer.WaitForNextTickAsync(stop))
        {
            hub.Beat();
        }
    }

    private byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, (JsonTypeInfo<T>)json.Value.SerializerOptions.GetTypeInfo(typeof(T)));

    [LoggerMessage(Level = LogLevel.Error, Message = "an unexpected error; an event is missing")]
    private partial void Unforeseen(Exception error);

    /// <param name="Json">Null where what the switches show is to be looked at.</param>
    private sealed record Note(string Kind, Func<byte[]>? Json, SwitchoverView? Switchover = null)
    {
        public static readonly Note LookAtTheSwitches = new(EventKind.Switch, null);
    }
}
