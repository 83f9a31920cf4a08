using DbSwitch.App.Client;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.CommandLine;

/// <summary>
/// Shows a switchover's phases on standard error while they happen: standard output has the final sentence, and nothing else. Whatever goes wrong here, the
/// switchover goes on, and so does the command.
/// </summary>
internal sealed class SwitchoverProgress : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _switch;
    private readonly string? _target;
    private readonly PhaseLines _lines;
    private readonly EventStream _events;
    private readonly Task _reading;
    private long? _otherId;
    private bool _over;

    private SwitchoverProgress(EventStream events, string name, string? target, CancellationToken cancel)
    {
        var live = Console.IsErrorRedirected || !TerminalSize.CanMove ? null : new LiveLine(Console.Error, () => TerminalSize.Width);
        (_events, _switch, _target, _lines) = (events, name, target, new PhaseLines(Console.Error, live, TimeProvider.System));
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _reading = ReadAsync();
    }

    /// <summary>Begins to follow, before the switchover is asked for. Null where the manager lets nobody listen now.</summary>
    /// <param name="target">Where it shall go; null for none.</param>
    public static async Task<SwitchoverProgress?> BeginAsync(ManagerClient manager, string name, string? target, CancellationToken cancel)
    {
        try
        {
            return new SwitchoverProgress(await manager.ListenAsync(null, cancel), name, target, cancel);
        }
        catch (CommandException)
        {
            // What is wrong is said to the request itself.
            return null;
        }
    }

    /// <summary>Waits until its last phase is shown: the answer to the request may be here before.</summary>
    public Task EndAsync() => Task.WhenAny(_ended.Task, _reading, Task.Delay(Patience, _stop.Token));

    /// <summary>Shows nothing more. May be called twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        await _stop.CancelAsync();
        await _reading;
        _lines.End();
        _events.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var one in _events.ReadAsync(_stop.Token))
            {
                Take(one);
            }
        }
        catch (Exception e) when (e is CommandException or OperationCanceledException or System.Text.Json.JsonException)
        {
            // Nothing more to show; how it ends is the request's to say.
        }
    }

    private void Take(ManagerEvent one)
    {
        if (one.Switch is { } view && view.Name == _switch)
        {
            // One that ran already when we came, and will have us refused.
            _otherId ??= view.Running?.Id ?? 0;
            _lines.Take(view);
        }
        else if (one.Switchover is { } switchover && switchover.Switch == _switch && switchover.To == _target && switchover.Id != _otherId)
        {
            _lines.Take(switchover);
            if (switchover.Phase is null)
            {
                _ended.TrySetResult();
            }
        }
    }
}
