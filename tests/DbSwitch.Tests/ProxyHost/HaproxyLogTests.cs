using System.Net.Sockets;
using System.Text;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Logs;

namespace DbSwitch.Tests.ProxyHost;

public sealed class HaproxyLogTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 3, 0, 0, 42, TimeSpan.FromHours(1));

    [Theory]
    [InlineData("<6>Connect from 127.0.0.1\n", "info Connect from 127.0.0.1")]
    [InlineData("<4>Server db_servers/db1 is DOWN", "warning Server db_servers/db1 is DOWN")]
    [InlineData("<134>facility local0", "info facility local0")]
    [InlineData("no level", "info no level")]
    [InlineData("<>nothing in it", "info <>nothing in it")]
    [InlineData("<", "info <")]
    [InlineData("<6>two\nlines\n", "info two lines")]
    public void A_datagram_becomes_one_line_with_time_and_level(string datagram, string line) =>
        HaproxyLogLine.Of(Encoding.UTF8.GetBytes(datagram)).ForPeople(Now).ShouldBe("2026-01-01T03:00:00.042+01:00 " + line);

    [Fact]
    public async Task What_arrives_on_the_socket_is_in_the_file()
    {
        var directory = Directory.CreateTempSubdirectory("dbs-");
        try
        {
            var run = new RunDirectory(directory.FullName, "p");
            run.Create();
            using var keeping = new HaproxyLogKeeping(run, journal: false, print: false, TimeProvider.System);
            await using (new HaproxyLogReceiver(run, keeping.Write, new LogLimit(TimeProvider.System), TimeProvider.System))
            {
                using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
                await sender.SendToAsync(Encoding.ASCII.GetBytes("<6>hello\n"), SocketFlags.None, new UnixDomainSocketEndPoint(run.LogSocket), TestContext.Current.CancellationToken);
                await Wire.UntilAsync(() => File.Exists(run.Log) && File.ReadAllText(run.Log).EndsWith("info hello\n", StringComparison.Ordinal), "the line did not arrive");
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_full_file_is_moved_aside_and_two_is_the_most_that_there_are()
    {
        var directory = Directory.CreateTempSubdirectory("dbs-");
        try
        {
            using (var file = new RotatingFile(Path.Combine(directory.FullName, "log"), fullAt: 10))
            {
                foreach (var line in (string[])["1234567\n", "first\n", "7654321\n", "second\n", "third\n"])
                {
                    file.Append(Encoding.ASCII.GetBytes(line));
                }
            }

            directory.GetFiles().Select(file => file.Name).Order().ShouldBe(["log", "log.1"]);
            File.ReadAllText(Path.Combine(directory.FullName, "log.1")).ShouldBe("7654321\nsecond\n");
            File.ReadAllText(Path.Combine(directory.FullName, "log")).ShouldBe("third\n");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
