using System.Runtime.InteropServices;
using System.Threading.Channels;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.Watching;

/// <summary><c>dbswitch watch</c> at a terminal: the whole screen, drawn anew when something happens, when the window changes, and every second.</summary>
internal static class WatchScreen
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(Channel<WatchNews> news, Watched watched, string manager, CancellationToken cancel)
    {
        using var resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => news.Writer.TryWrite(new WatchNews.Redraw()));
        var keys = Console.IsInputRedirected ? null : Keys.Read();
        using var screen = new FullScreen(Console.Out);
        while (!HasQ(keys))
        {
            screen.Show(WatchFrame.Of(watched, manager, TerminalSize.Width, TerminalSize.Height, DateTimeOffset.Now, TerminalSize.WantsColours));
            await WaitAsync(news.Reader, keys, cancel);
            while (news.Reader.TryRead(out var one))
            {
                watched.Take(one, DateTimeOffset.UtcNow);
            }
        }
    }

    /// <summary>For news, for a key, or until the clock goes on.</summary>
    private static async Task WaitAsync(ChannelReader<WatchNews> news, ChannelReader<char>? keys, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var first = await Task.WhenAny(news.WaitToReadAsync(enough.Token).AsTask(), keys?.WaitToReadAsync(enough.Token).AsTask() ?? Task.Delay(Second, enough.Token), Task.Delay(Second, enough.Token));
        await enough.CancelAsync();
        await first;
    }

    private static bool HasQ(ChannelReader<char>? keys)
    {
        while (keys?.TryRead(out var key) == true)
        {
            if (key is 'q')
            {
                return true;
            }
        }

        return false;
    }
}
