using System.Threading.Channels;
using DbSwitch.App.Client;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.Watching;

/// <summary>Listens to the manager until told to end, and listens anew when it is lost.</summary>
internal sealed class WatchProgram(ManagerClient manager, ChannelWriter<WatchNews> news, TimeProvider time)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private string? _lastId;

    public async Task RunAsync(EventStream first, CancellationToken cancel)
    {
        await TellAsync(first, cancel);
        while (true)
        {
            await Task.Delay(Again, time, cancel);
            try
            {
                using var events = await manager.ListenAsync(_lastId, cancel);
                await news.WriteAsync(new WatchNews.Found(), cancel);
                await TellAsync(events, cancel);
            }
            catch (CommandException e)
            {
                await news.WriteAsync(new WatchNews.Lost(e.Message), cancel);
            }
        }
    }

    private async Task TellAsync(EventStream events, CancellationToken cancel)
    {
        var why = "The manager has ended.";
        try
        {
            await foreach (var one in events.ReadAsync(cancel))
            {
                _lastId = one.Id ?? _lastId;
                await news.WriteAsync(new WatchNews.Happened(one), cancel);
            }
        }
        catch (CommandException e)
        {
            why = e.Message;
        }

        await news.WriteAsync(new WatchNews.Lost(why), cancel);
    }
}
