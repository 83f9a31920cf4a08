using DbSwitch.App.Contracts;
using DbSwitch.App.Http;
using DbSwitch.Proxies;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>The manager and the companion script in each proxy: clients wait instead of being refused, and a late or overtaken manager can do nothing.</summary>
public sealed class CompanionTests
{
    private static readonly RealHaproxyOptions WithScript = new() { Companion = true, MasterWorker = true };

    [Theory, EveryHaproxy]
    public async Task Clients_that_reconnect_without_pause_get_every_answer_through_ten_switches(string version)
    {
        await using var first = await RealHaproxy.StartAsync(version, WithScript);
        await using var second = await RealHaproxy.StartAsync(version, WithScript);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest { Grace = TimeSpan.FromSeconds(2) }.Proxy("p1", first.ApiEndpoint).Proxy("p2", second.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var stop = new CancellationTokenSource();
        var loads = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var answers = new List<DbAnswer>();
            while (!stop.IsCancellationRequested)
            {
                answers.Add(await DbClient.AskOnceAsync(i % 2 == 0 ? first.ClientPort : second.ClientPort, "x"));
            }

            return answers;
        })).ToList();
        for (var i = 0; i < 10; i++)
        {
            var (old, next) = i % 2 == 0 ? (db1, db2) : (db2, db1);
            var before = next.Requests.Count;
            await manager.SwitchToAsync(next.Prefix);
            await Until.TrueAsync("the new target to be asked", () => next.Requests.Count > before + 3);
            old.Requests.Last().At.ShouldBeLessThan(next.Requests.Skip(before).First().At, $"switch {i}");
        }

        await stop.CancelAsync();
        var all = (await Task.WhenAll(loads)).SelectMany(a => a).ToList();
        all.Count(a => a.Line is null).ShouldBe(0, $"of {all.Count} clients: {string.Join(", ", all.Where(a => a.Line is null).GroupBy(a => a.Reason).Select(g => $"{g.Count()} {g.Key}"))}; HAProxy: {string.Join('\n', first.BrokenSessions.Concat(second.BrokenSessions))}");
    }

    [Theory, EveryHaproxy]
    public async Task It_is_told_the_generation_and_the_hold_also_after_a_restart(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, WithScript);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest { Hold = TimeSpan.FromSeconds(3) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await manager.SwitchToAsync(null);
        await manager.SwitchToAsync("db1");

        await Until.TrueAsync("the script to be told", () => Script(manager) is { Generation: 3, Hold.TotalSeconds: 3 });
        await haproxy.RestartAsync();
        await Until.TrueAsync("the script to be told again", () => Script(manager) is { Generation: 3, Hold.TotalSeconds: 3 } && manager.Orders.Snapshot.Latest is [{ Settled: true }]);
    }

    [Theory, EveryHaproxy]
    public async Task A_store_behind_what_a_proxy_has_heard_of_never_acts(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, WithScript);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await manager.EndAsync();
        File.Copy(manager.StateFile, manager.StateFile + ".old");
        await manager.StartAsync();
        await manager.SwitchToAsync("db2");
        await manager.EndAsync();

        // Somebody restores an old backup.
        File.Move(manager.StateFile + ".old", manager.StateFile, overwrite: true);
        File.Delete(manager.StateFile + "-wal");
        await manager.StartAsync();

        await Until.TrueAsync("the manager to see it", () => manager.Orders.Snapshot.NeedsPerson?.Contains("the store says that db1 is selected (generation 1), and its proxies serve another target (p serves db2_", StringComparison.Ordinal) == true);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "still")).Line.ShouldBe("db2 still");

        // A person says what is right: from there on the store leads again.
        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Unchanged>();
        manager.Orders.Snapshot.Selection.ShouldNotBeNull().Generation.ShouldBe(3);
        await manager.SettledAsync("db2");
        await manager.SwitchToAsync("db1");
        await manager.SwitchToAsync("db2");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line.ShouldBe("db2 again");
    }

    [Theory, EveryHaproxy]
    public async Task A_store_that_is_behind_and_says_what_is_served_never_acts_either(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, WithScript);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await haproxy.SendAsync("set dbswitch generation db_servers 7");
        await haproxy.SendAsync($"set server db_servers/db1_{db1.HostPort.Port} state maint");

        await Until.TrueAsync("the manager to see it", () => manager.Orders.Snapshot.Latest is [{ Problem: { } problem }] && problem.Contains("has heard of generation 7, and this manager's store knows of 1 only", StringComparison.Ordinal));
        await Until.TrueAsync("the server to be left alone", async () => (await haproxy.SendAsync("show servers state db_servers")).Contains(" 0 1 1 1 ", StringComparison.Ordinal));

        (await manager.SelectAsync(null)).ShouldBeOfType<SwitchoverOutcome.Unchanged>();
        manager.Orders.Snapshot.Selection.ShouldNotBeNull().Generation.ShouldBe(8);
        await manager.SwitchToAsync("db1");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line.ShouldBe("db1 again");
    }

    [Theory, EveryHaproxy]
    public async Task Clients_that_wait_in_an_old_worker_go_on_to_the_new_target(string version)
    {
        // The new worker begins with the hold of its configuration, until the manager has told it.
        await using var haproxy = await RealHaproxy.StartAsync(version, WithScript with { Hold = TimeSpan.FromSeconds(20) });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest { Hold = TimeSpan.FromSeconds(20) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");
        await manager.SwitchToAsync(null);
        var waiting = Enumerable.Range(0, 20).Select(i => DbClient.AskOnceAsync(haproxy.ClientPort, $"waiting {i}", TimeSpan.FromSeconds(20))).ToList();
        await Until.TrueAsync("all to wait", () => Script(manager)?.Waiting == 20);
        StatusText.Of([Views.Of(manager.Orders.Snapshot, _ => "", _ => null)]).ShouldMatch(@"proxies    p    serves none +HAProxy \S+ +20 connections wait\n");

        await haproxy.ReloadAsync();
        await manager.SwitchToAsync("db2");

        (await Task.WhenAll(waiting)).Select(a => a.Line).ShouldBe(Enumerable.Range(0, 20).Select(i => $"db2 waiting {i}"), ignoreOrder: true);
    }

    private static DbSwitch.Proxies.Companion? Script(ManagerUnderTest manager) => manager.Orders.Snapshot.Latest is [{ Observed: ProxyObservation.Seen seen }] ? seen.Companion : null;
}
