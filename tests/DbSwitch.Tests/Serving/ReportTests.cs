using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Serving;

/// <summary>What a switchover says that it cost its clients, against what its clients know.</summary>
public sealed partial class ReportTests
{
    private static readonly RealHaproxyOptions WithScript = new() { Companion = true, MasterWorker = true };

    [Theory, EveryHaproxy]
    [Trait("Category", "Slow")]
    public async Task The_final_sentence_and_the_history_say_how_long_clients_waited_and_how_many_sessions_were_cut(string version)
    {
        await using var scene = await Scene.StartedAsync(WithScript, version: version);
        using var first = await OpenAsync(scene);
        using var second = await OpenAsync(scene);
        using var selecting = Dbswitch.Start([], ["select", "backend-db2", "--drain", "5s", "--config", scene.Manager.ConfigurationFile]);
        await FencedAsync(scene);
        var waiting = Enumerable.Range(0, 3).Select(_ => DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "hello", TimeSpan.FromSeconds(30))).ToList();
        await Until.TrueAsync("three to wait", async () => (await scene.Haproxy.SendAsync("show dbswitch")).Contains("waiting 3\n", StringComparison.Ordinal));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        first.Dispose();

        var end = await Dbswitch.EndAsync(selecting);

        end.ShouldBe(0, error: "");
        var numbers = Sentence().Match(end.Output);
        numbers.Success.ShouldBeTrue(end.Output);
        (Number(numbers, "longest"), Number(numbers, "all")).ShouldSatisfyAllConditions(
            n => n.Item1.ShouldBeGreaterThan(200), n => n.Item1.ShouldBeLessThan(n.Item2), n => n.Item2.ShouldBeGreaterThan(5000));
        (await Task.WhenAll(waiting)).ShouldAllBe(a => a.Line == "db2 hello");
        var report = (await scene.Manager.RunAsync("history", "--json")).Json[0].GetProperty("report");
        (report.GetProperty("connectionsWaited").GetInt64(), report.GetProperty("waitedInVain").GetInt64(), report.GetProperty("sessionsDrained").GetInt32(), report.GetProperty("sessionsCut").GetInt32(), report.GetProperty("sessionsEnded").GetInt32())
            .ShouldBe((3, 0, 1, 1, 0));
        var phases = report.GetProperty("phases").EnumerateArray().ToDictionary(p => p.GetProperty("phase").GetString()!, p => p.GetProperty("milliseconds").GetDouble());
        phases.Keys.ShouldBe(["guard", "journal", "fence", "activate", "verify"]);
        phases["fence"].ShouldBeGreaterThan(5000);
        phases.Values.Sum().ShouldBe(report.GetProperty("milliseconds").GetDouble(), 1);
        var all = Number(numbers, "all").ToString(CultureInfo.InvariantCulture);
        (await scene.Manager.RunAsync("history")).Output.Split('\n')[1].ShouldMatch($"  succeeded  {all} ms \\(guard .*\\)  3 \\({Number(numbers, "longest")} ms\\)  1$");
    }

    [Fact]
    public async Task A_session_that_ends_in_the_grace_is_not_called_cut_and_nobody_who_did_not_wait_is_said_to_have()
    {
        await using var scene = await Scene.StartedAsync(WithScript);
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1", Grace = "4s" }));
        (await scene.Manager.StopAsync()).ShouldBe(0);
        await scene.Manager.StartAsync();
        using var open = await OpenAsync(scene);
        using var selecting = Dbswitch.Start([], ["select", "backend-db2", "--config", scene.Manager.ConfigurationFile]);
        await FencedAsync(scene);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        open.Dispose();

        (await Dbswitch.EndAsync(selecting)).Output.ShouldMatch("^orders: backend-db2 is selected \\(before: backend-db1\\); no connection had to wait; no session was cut; [0-9]+ ms in all, generation 2\\.\n$");
        (await scene.Manager.RunAsync("history", "--json")).Json[0].GetProperty("report").GetProperty("sessionsEnded").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Who_waited_in_vain_is_counted()
    {
        await using var scene = await Scene.StartedAsync(WithScript with { HoldCeiling = TimeSpan.FromMilliseconds(300) });
        using var open = await OpenAsync(scene);
        using var selecting = Dbswitch.Start([], ["select", "backend-db2", "--drain", "20s", "--config", scene.Manager.ConfigurationFile]);
        await FencedAsync(scene);
        (await DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "hello")).Line.ShouldBeNull();
        open.Dispose();

        (await Dbswitch.EndAsync(selecting)).ShouldBe(0, " ms at most, 1 of them in vain; ");
        (await scene.Manager.RunAsync("history", "--json")).Json[0].GetProperty("report").GetProperty("waitedInVain").GetInt64().ShouldBe(1);
    }

    private static async Task<DbClient> OpenAsync(Scene scene)
    {
        var client = new DbClient(scene.Haproxy.ClientPort);
        (await client.AskAsync("hello")).Line.ShouldBe("db1 hello");
        return client;
    }

    /// <summary>The old server takes nobody any more: the script hears of the generation a moment before.</summary>
    private static Task FencedAsync(Scene scene) => Until.TrueAsync("maintenance", async () =>
        (await scene.Haproxy.SendAsync("show servers state db_servers")).Contains($" {scene.Server1} 127.0.0.1 0 1 ", StringComparison.Ordinal));

    private static int Number(Match match, string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("^orders: backend-db2 is selected \\(before: backend-db1\\); 3 connections waited, (?<longest>[0-9]+) ms at most; 1 session was drained; 1 session was cut; (?<all>[0-9]+) ms in all, generation 2\\.\n$")]
    private static partial Regex Sentence();
}
