using System.Globalization;
using System.Threading.Channels;
using DbSwitch.App.Client;
using Microsoft.Win32.SafeHandles;

namespace DbSwitch.App.Watching;

/// <summary><c>dbswitch watch</c> into a pipe: a line for each event, as text or as JSON.</summary>
/// <param name="only">The one switch to watch; null for all.</param>
internal sealed class WatchLines(string? only, bool json)
{
    private const int StandardOutput = 1;

    private readonly Dictionary<string, string> _shown = new(StringComparer.Ordinal);
    private bool _isLost;

    public async Task RunAsync(ChannelReader<WatchNews> news, CancellationToken cancel)
    {
        // Not the console's writer, which keeps silent when nobody reads any more (| head -1), and would have us watch for ever.
        using var output = new StreamWriter(new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write)) { AutoFlush = true };
        try
        {
            await foreach (var one in news.ReadAllAsync(cancel))
            {
                switch (one)
                {
                    case WatchNews.Happened { Event: var happened } when WatchWords.Concerns(happened, only) && LineOf(happened) is { } line:
                        await output.WriteLineAsync(line.AsMemory(), cancel);
                        break;
                    case WatchNews.Lost { Why: var why } when !_isLost:
                        await Console.Error.WriteLineAsync($"dbswitch: no manager: {why} It is asked again every second.");
                        _isLost = true;
                        break;
                    case WatchNews.Found:
                        _isLost = false;
                        break;
                    default:
                        // Nothing that has a line.
                        break;
                }
            }
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }

    /// <returns>Null for what has no line. What a switch shows changes in details that its line has not: the same line is not said twice.</returns>
    private string? LineOf(ManagerEvent one)
    {
        if (json)
        {
            return $"{{\"event\":\"{one.Kind}\",\"id\":{(one.Id is { } id ? $"\"{id}\"" : "null")},\"data\":{one.Json}}}";
        }

        var words = WatchWords.Of(one);
        if (words is null || (one.Switch is { } view && _shown.GetValueOrDefault(view.Name) == words))
        {
            return null;
        }

        if (one.Switch is { } latest)
        {
            _shown[latest.Name] = words;
        }

        return $"{(one.Log?.Time ?? DateTimeOffset.UtcNow).LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)} {words}";
    }
}
