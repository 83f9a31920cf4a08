using System.Collections.Concurrent;
using DbSwitch.App.Demo.Running;
using DbSwitch.App.ProxyHost.Logs;

namespace DbSwitch.Tests.Demo;

public sealed class FollowedFileTests
{
    [Fact]
    public async Task No_line_is_lost_when_the_file_is_moved_aside_and_begun_anew()
    {
        var directory = Directory.CreateTempSubdirectory("dbswitch-follow-").FullName;
        var file = Path.Combine(directory, "log");
        var lines = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var following = new FollowedFile(file, lines.Enqueue).RunAsync(stop.Token);
        using (var log = new RotatingFile(file, fullAt: 30))
        {
            for (var i = 10; i < 22; i++)
            {
                log.Append(System.Text.Encoding.UTF8.GetBytes("line "));
                log.Append(System.Text.Encoding.UTF8.GetBytes($"{i}\n"));
                await Until.TrueAsync($"line {i}", () => lines.Contains($"line {i}"));
            }
        }

        await stop.CancelAsync();
        await following;
        Directory.Delete(directory, recursive: true);

        lines.ShouldBe(Enumerable.Range(10, 12).Select(i => $"line {i}"));
    }
}
