using System.Globalization;
using DbSwitch.App.Contracts;
using DbSwitch.App.Http;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.CommandLine;

/// <summary>A switchover's phases in words: at a terminal one line that grows, elsewhere a line for each.</summary>
/// <param name="live">Null where lines can't be shown anew.</param>
internal sealed class PhaseLines(TextWriter output, LiveLine? live, TimeProvider time)
{
    private readonly List<string> _done = [];
    private SwitchoverView? _latest;
    private long _since;

    /// <summary>A phase begins, or (without one) all have ended.</summary>
    public void Take(SwitchoverView switchover)
    {
        if (_latest?.Phase == switchover.Phase)
        {
            return;
        }

        if (_latest?.Phase is { } before)
        {
            _done.Add(string.Create(CultureInfo.InvariantCulture, $"{before} {time.GetElapsedTime(_since).TotalMilliseconds:0} ms"));
        }

        (_latest, _since) = (switchover, time.GetTimestamp());
        if (live is null && switchover.Phase is not null)
        {
            output.WriteLine($"{Head(switchover)}: {switchover.Phase}");
        }

        Show("");
    }

    /// <summary>What the switch shows of it meanwhile.</summary>
    public void Take(SwitchView view)
    {
        if (view.Running is { } running && running.Id == _latest?.Id)
        {
            Show(StatusText.Countdown(running));
        }
    }

    public void End() => live?.Leave();

    private static string Head(SwitchoverView one) => string.Create(CultureInfo.InvariantCulture, $"{one.Switch}: switchover {one.Id} to {one.To ?? "none"}");

    private void Show(string countdown)
    {
        if (_latest is { } latest)
        {
            live?.Show($"{Head(latest)}: {string.Join(", ", latest.Phase is { } phase ? _done.Append(phase + " …") : _done)}{countdown}");
        }
    }
}
