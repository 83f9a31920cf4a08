using System.Net.Sockets;
using System.Text;
using DbSwitch.App.Logging;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Logs;

namespace DbSwitch.Tests.ProxyHost;

public sealed class LogLimitTests
{
    [Fact]
    public void A_burst_passes_and_then_so_many_a_second()
    {
        var clock = new TestClock();
        var limit = new LogLimit(clock, perSecond: 10, burst: 50);

        Admitted(limit, 100).ShouldBe(50);
        clock.Advance(TimeSpan.FromSeconds(1));
        Admitted(limit, 100).ShouldBe(10);
        clock.Advance(TimeSpan.FromHours(1));
        Admitted(limit, 100).ShouldBe(50);

        limit.Dropped.ShouldBe(190);
        limit.TakeUnreported().ShouldBe(190);
        limit.TakeUnreported().ShouldBe(0);
    }

    [Fact]
    public async Task What_is_left_out_is_counted_in_a_line_of_its_own_and_for_the_status()
    {
        var directory = Directory.CreateTempSubdirectory("dbs-");
        try
        {
            var run = new RunDirectory(directory.FullName, "p");
            run.Create();
            var (lines, dropped) = (new List<string>(), 0L);
            await using (new HaproxyLogReceiver(run, line => lines.Add(line.ForJournal), new LogLimit(TimeProvider.System, perSecond: 0, burst: 2), TimeProvider.System, count => dropped = count))
            {
                using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
                for (var i = 1; i <= 5; i++)
                {
                    await sender.SendToAsync(Encoding.ASCII.GetBytes($"<6>line {i}\n"), SocketFlags.None, new UnixDomainSocketEndPoint(run.LogSocket), TestContext.Current.CancellationToken);
                }
            }

            lines.ShouldBe(["<6>line 1", "<6>line 2", "<4>3 lines of HAProxy's log were left out here: more than 1000 a second came."]);
            dropped.ShouldBe(3);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_journal_is_our_output_only_when_it_is_the_very_socket_that_systemd_gave()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var descriptor = $"/proc/self/fd/{socket.Handle}";
        var inode = new FileInfo(descriptor).LinkTarget!["socket:[".Length..^1];

        Journal.IsSocket(descriptor, $"8:{inode}").ShouldBeTrue();
        Journal.IsSocket(descriptor, $"8:{inode}1").ShouldBeFalse();
        Journal.IsSocket("/proc/self/fd/0", $"8:{inode}").ShouldBeFalse();
        Journal.IsSocket(descriptor, "nonsense").ShouldBeFalse();
    }

    private static int Admitted(LogLimit limit, int asked) => Enumerable.Range(0, asked).Count(_ => limit.Admits());
}
