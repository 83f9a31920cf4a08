
namespace DbSwitch.Tests.Telemetry;

/// <summary>What a collector of OpenTelemetry gets.</summary>
public sealed class OtlpTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_switchover_is_one_trace_with_its_phases_and_the_metrics_come_too(bool grpc)
    {
        await using var collector = await Collector.StartedAsync(grpc);
        await using var scene = await Scene.PreparedAsync();
        await using var manager = new ManagerProcess(Configuration(scene, collector.Address))
        {
            // How, and how often, is said in the standard's own variables.
            Before = ["env", $"OTEL_EXPORTER_OTLP_PROTOCOL={(grpc ? "grpc" : "http/protobuf")}", "OTEL_METRIC_EXPORT_INTERVAL=200", "OTEL_BSP_SCHEDULE_DELAY=100", "OTEL_RESOURCE_ATTRIBUTES=service.name=the-switch"],
        };
        await manager.StartAsync();
        await manager.HealthyAsync();
        (await manager.RunAsync("select", "backend-db2", "--reason", "a new disk")).ShouldBe(0);
        var id = (await manager.RunAsync("history", "--json")).Json[0].GetProperty("id").GetInt64();

        await Until.TrueAsync("the trace", () => collector.Spans.Any(s => s.Name == "switchover"), 20);
        var whole = collector.Spans.Single(s => s.Name == "switchover");
        (whole.Parent, whole.Attributes["dbswitch.switch"], whole.Attributes["dbswitch.switchover.id"], whole.Attributes["dbswitch.generation"], whole.Attributes["dbswitch.from"], whole.Attributes["dbswitch.to"], whole.Attributes["dbswitch.result"])
            .ShouldBe(("", "orders", $"{id}", "2", "backend-db1", "backend-db2", "succeeded"));
        var phases = collector.Spans.Where(s => s.Parent == whole.Id).OrderBy(s => s.Start).ToList();
        phases.Select(p => p.Name).ShouldBe(["guard", "journal", "fence", "journal", "activate", "verify"]);
        phases.ShouldAllBe(p => p.Trace == whole.Trace && p.Start >= whole.Start && p.End <= whole.End && p.End >= p.Start && p.Attributes["dbswitch.switchover.id"] == $"{id}");

        await Until.TrueAsync("the metrics", () => collector.Metrics.ContainsKey("dbswitch.switchover.phase.duration") && collector.Metrics.ContainsKey("dbswitch.selection.info") && collector.Metrics.ContainsKey("dbswitch.switchovers"), 20);
        collector.Metrics.Values.Distinct().ShouldBe(["the-switch"]);
        (await manager.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_costs_a_line_of_the_log_and_nothing_else()
    {
        await using var scene = await Scene.PreparedAsync();
        await using var manager = new ManagerProcess(Configuration(scene, "http://127.0.0.1:1")) { Before = ["env", "OTEL_METRIC_EXPORT_INTERVAL=200"] };
        await manager.StartAsync();

        await manager.LoggedAsync("metrics and traces can't be sent to http://127.0.0.1:1/ (nothing else is affected): ", 30);
        await manager.HealthyAsync();
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await manager.StopAsync()).ShouldBe(0);
        manager.Log.Split("can't be sent").Length.ShouldBe(2);
    }

    private static ManagerConfiguration Configuration(Scene scene, string collector) =>
        scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with { Otlp = collector };
}
