using System.Globalization;
using DbSwitch.App.Client;
using DbSwitch.App.Contracts;

namespace DbSwitch.App.Watching;

/// <summary>What who watches knows: the latest of each switch, what happened lately, and whether the manager is there.</summary>
/// <param name="only">The one switch to watch; null for all.</param>
internal sealed class Watched(string? only)
{
    /// <summary>More than any terminal shows.</summary>
    private const int MostLines = 200;

    private readonly SortedDictionary<string, SwitchView> _switches = new(StringComparer.Ordinal);
    private readonly Queue<string> _happened = new();

    public IEnumerable<SwitchView> Switches => _switches.Values;

    /// <summary>What happened, the latest last.</summary>
    public IEnumerable<string> Happened => _happened;

    /// <summary>Since when the manager does not answer, and why; null while it does.</summary>
    public (DateTimeOffset Since, string Why)? Lost { get; private set; }

    public void Take(WatchNews news, DateTimeOffset now)
    {
        switch (news)
        {
            case WatchNews.Lost lost:
                Lost = (Lost?.Since ?? now, lost.Why);
                break;
            case WatchNews.Found:
                Lost = null;
                break;
            case WatchNews.Happened { Event: var one } when WatchWords.Concerns(one, only):
                Take(one, now);
                break;
            default:
                // Of another switch, or nothing but another size of the window.
                break;
        }
    }

    private void Take(ManagerEvent one, DateTimeOffset now)
    {
        if (one.Switch is { } view)
        {
            _switches[view.Name] = view;
            return;
        }

        if (one.Reset is not null)
        {
            _switches.Clear();
        }

        if (WatchWords.Of(one) is { } words)
        {
            _happened.Enqueue($"{(one.Log?.Time ?? now).LocalDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {words}");
            if (_happened.Count > MostLines)
            {
                _happened.Dequeue();
            }
        }
    }
}
