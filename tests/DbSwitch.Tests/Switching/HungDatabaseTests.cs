using System.Diagnostics;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Switching;

/// <summary>A database whose process is stopped: it neither answers nor closes. Its clients give up, and it must be left at the first try all the same.</summary>
public sealed class HungDatabaseTests
{
    private const int Clients = 6;

    [Theory, EveryHaproxy]
    public async Task It_is_left_at_the_first_try_although_its_clients_have_given_up(string version)
    {
        var record = await SwitchAwayAsync(version, endsHalfClosed: true);

        record.Result.ShouldBe(SwitchoverResult.Succeeded, record.Message);
    }

    // What HAProxy does without these lines: then the test above shows something.
    [Theory, EveryHaproxy]
    public async Task Without_the_timeouts_for_half_closed_sessions_HAProxy_can_not_end_them_and_the_way_that_is_left_is_said_and_works(string version)
    {
        var record = await SwitchAwayAsync(version, endsHalfClosed: false, async (haproxy, manager, rolledBack) =>
        {
            rolledBack.Result.ShouldBe(SwitchoverResult.RolledBack, rolledBack.Message);
            rolledBack.Message.ShouldMatch("HAProxy can't end [0-9]+ sessions with db1_[0-9]+: one side has closed, and the other neither reads nor closes");
            rolledBack.Message.ShouldContain("Restart that HAProxy, which ends all its sessions (a reload does not), then select again");

            await haproxy.RestartAsync();
            await manager.SettledAsync("db1");
            var again = await manager.SelectAsync("db2", force: true);
            return again.ShouldBeOfType<DbSwitch.Switching.Outcomes.SwitchoverOutcome.Ended>(again.Message).Record;
        });

        record.Result.ShouldBe(SwitchoverResult.Succeeded, record.Message);
    }

    private static async Task<SwitchoverRecord> SwitchAwayAsync(string version, bool endsHalfClosed, Func<RealHaproxy, ManagerUnderTest, SwitchoverRecord, Task<SwitchoverRecord>>? then = null)
    {
        var port = FreePort.Take();
        await using var next = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true, Companion = true, EndsHalfClosed = endsHalfClosed });
        using var hung = Process.Start(new ProcessStartInfo("timeout", ["--kill-after=1", "120", Dbswitch.Path, "echo-server", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "db1:"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", ("db1", new HaproxyRuntime.HostPort("127.0.0.1", port)), ("db2", next.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await Until.TrueAsync("db1 to answer", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line is "db1: hello", 30);
        var database = LinuxProcess.ChildrenOf(hung.Id).Single();
        try
        {
            LinuxProcess.Stop(database);
            foreach (var _ in Enumerable.Range(0, Clients))
            {
                using var client = await Companion.WaitingClient.ConnectAsync(haproxy.ClientPort, "anybody there?\n");
                await Until.TrueAsync("the session", async () => (await haproxy.SendAsync("show sess")).Contains("srv=db1_", StringComparison.Ordinal));
            }

            var outcome = await manager.SelectAsync("db2", force: true);
            var record = outcome.ShouldBeOfType<DbSwitch.Switching.Outcomes.SwitchoverOutcome.Ended>(outcome.Message).Record;
            return then is null ? record : await then(haproxy, manager, record);
        }
        finally
        {
            // Killed itself: "timeout", killed, ends nobody any more.
            LinuxProcess.Signal(database, LinuxProcess.SigKill);
            await hung.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
