using System.Text.Json;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Telemetry;

/// <summary>What is read of <c>/metrics</c> elsewhere is there: the alert rules, the dashboard, the page about it; and Prometheus' own checker finds nothing wrong with any of them.</summary>
public sealed partial class DeployedTests(StandingScene standing) : IClassFixture<StandingScene>
{
    private static readonly string Rules = Path.Combine(Checkout.Root, "deploy", "prometheus");
    private static readonly string Alerts = File.ReadAllText(Path.Combine(Rules, "dbswitch-alerts.yml"));
    private static readonly string Page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "metrics.md"));

    [Fact]
    public async Task Prometheus_own_checker_reads_the_metrics_and_finds_nothing_to_say()
    {
        var (_, client) = await standing.GetAsync();

        (await Promtool.IsContentAsync((await Scrape.OfAsync(client)).Text, "/", "check", "metrics")).ShouldBe("");
    }

    [Fact]
    public async Task Every_alert_fires_when_it_shall_and_not_before()
    {
        (await Promtool.IsContentAsync(null, Rules, "check", "rules", "dbswitch-alerts.yml")).ShouldContain("SUCCESS");
        (await Promtool.IsContentAsync(null, Rules, "test", "rules", "dbswitch-alerts-test.yml")).ShouldContain("SUCCESS");
    }

    [Fact]
    public void Every_alert_has_a_test_in_which_it_fires_and_a_line_that_says_what_to_do()
    {
        var tests = File.ReadAllText(Path.Combine(Rules, "dbswitch-alerts-test.yml"));
        var alerts = Alert().Matches(Alerts).Select(m => m.Groups[1].Value).ToList();

        alerts.Count.ShouldBeGreaterThan(6);
        FiringTest().Matches(tests).Select(m => m.Groups[1].Value).Distinct().ShouldBe(alerts, ignoreOrder: true);
        alerts.ShouldAllBe(a => Page.Contains($"| `{a}` |", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_metric_that_the_alerts_and_the_dashboard_name_is_there()
    {
        var there = (await SwitchedAsync()).Types.SelectMany(t => t.Value == "histogram" ? [t.Key + "_bucket", t.Key + "_sum", t.Key + "_count"] : (string[])[t.Key]).ToHashSet();

        var named = MetricName().Matches(Alerts + string.Join('\n', Queries())).Select(m => m.Value).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(12);
        named.Except(there).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_dashboard_asks_Prometheus_what_it_understands()
    {
        var queries = Queries().ToList();
        queries.Count.ShouldBeGreaterThan(8);
        var folder = Directory.CreateTempSubdirectory("dbsw-");
        try
        {
            var rules = queries.Select((q, i) => $"      - {{ record: 'panel:{i}', expr: {JsonSerializer.Serialize(q.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__range", "1h", StringComparison.Ordinal))} }}");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "panels.yml"), $"groups:\n  - name: panels\n    rules:\n{string.Join('\n', rules)}\n", TestContext.Current.CancellationToken);
            (await Promtool.IsContentAsync(null, folder.FullName, "check", "rules", "panels.yml")).ShouldContain($"SUCCESS: {queries.Count} rules found");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_page_lists_every_metric_with_its_type_and_labels_and_no_other()
    {
        var scrape = await SwitchedAsync();

        var listed = Row().Matches(Page).Select(m => (Name: m.Groups[1].Value, Type: m.Groups[2].Value, Labels: LabelInRow().Matches(m.Groups[3].Value).Select(l => l.Groups[1].Value).ToList())).ToList();

        listed.Select(l => $"{l.Name} {l.Type}").ShouldBe(scrape.Types.Select(t => $"{t.Key} {t.Value}"), ignoreOrder: true);
        foreach (var (name, _, labels) in listed)
        {
            // This HAProxy has no companion script: what only that tells is not there.
            if (scrape.LabelsOf(name) is { Count: > 0 } there)
            {
                labels.ShouldBe(there, ignoreOrder: true, customMessage: name);
            }
        }

        // And nothing is wrong here.
        listed.Count(l => scrape.LabelsOf(l.Name).Count == 0).ShouldBe(3);
    }

    [Fact]
    public async Task The_example_of_a_scrape_is_one()
    {
        var folder = Directory.CreateTempSubdirectory("dbsw-");
        try
        {
            var example = Example().Match(Page).Groups[1].Value.Replace("/etc/prometheus/dbswitch-token", Path.Combine(folder.FullName, "token"), StringComparison.Ordinal).Replace("/etc/prometheus", Rules, StringComparison.Ordinal);
            example.ShouldContain("scrape_configs:");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "token"), "dbsw_x", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), example, TestContext.Current.CancellationToken);
            (await Promtool.IsContentAsync(null, folder.FullName, "check", "config", "prometheus.yml")).ShouldContain("SUCCESS: 14 rules found");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>After two switchovers: then everything that can be counted has been.</summary>
    private async Task<Scrape> SwitchedAsync()
    {
        var (scene, client) = await standing.GetAsync();
        (await scene.Manager.RunAsync("select", "--none")).ExitCode.ShouldBe(0);
        (await scene.Manager.RunAsync("select", "backend-db1")).ExitCode.ShouldBe(0);
        await Until.TrueAsync("the databases to be asked again", async () => (await Scrape.OfAsync(client)).LabelsOf("dbswitch_target_healthy").Count > 0);
        return await Scrape.OfAsync(client);
    }

    private static IEnumerable<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "grafana", "dbswitch.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _)).SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!)];
    }

    [GeneratedRegex("- alert: (\\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex("- alertname: (\\w+)\n +eval_time: \\S+\n +exp_alerts:")]
    private static partial Regex FiringTest();

    [GeneratedRegex("dbswitch_[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("^\\| `(dbswitch_[a-z_]+)` \\| (gauge|counter|histogram) \\| ([^|]*) \\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z]+)`")]
    private static partial Regex LabelInRow();

    [GeneratedRegex("^```yaml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();
}
