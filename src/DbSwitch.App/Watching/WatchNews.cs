using DbSwitch.App.Client;

namespace DbSwitch.App.Watching;

/// <summary>What there is to show anew: an event, that the manager was lost or found, or (none of them) that the window is another.</summary>
internal abstract record WatchNews
{
    public sealed record Happened(ManagerEvent Event) : WatchNews;

    /// <param name="Why">A sentence.</param>
    public sealed record Lost(string Why) : WatchNews;

    public sealed record Found : WatchNews;

    public sealed record Redraw : WatchNews;
}
