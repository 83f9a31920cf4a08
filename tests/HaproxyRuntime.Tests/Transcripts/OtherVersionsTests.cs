using static HaproxyRuntime.Tests.Transcripts.TranscriptTests;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>Answers of versions that do not run here, after their sources, where they differ from those that do.</summary>
public sealed class OtherVersionsTests
{
    [Fact]
    public Task Version_2_4_does_not_count_a_maps_entries() =>
        ReplayAsync("2.4", "show-map", async api => (await api.ShowMapsAsync()).ShouldHaveSingleItem().Entries.ShouldBeNull());

    [Fact]
    public Task Version_2_4_has_no_shards() =>
        ReplayAsync("2.4", "show-table-entries", async api => (await api.ShowTableAsync("counters")).Entries.ShouldHaveSingleItem()["conn_cnt"].ShouldBe(2));

    [Fact]
    public Task A_server_that_keeps_no_idle_connections_has_no_field_for_each_thread() =>
        ReplayAsync("2.4", "show-servers-conn", async api => (await api.ShowServerConnectionsAsync()).Select(s => (s.Name, s.IdleLimit)).ShouldBe([("one", null), ("added", 0L)]));

    [Fact]
    public Task Version_3_4_tells_more_of_a_servers_connections() => ReplayAsync("3.4", "show-servers-conn", async api =>
    {
        var server = (await api.ShowServerConnectionsAsync()).ShouldHaveSingleItem();
        (server.Served, server.IdleSessions, server.Used, server.MostUsed, server.Idle, server.PurgeDelay).ShouldBe((7, 2, 0, 1, 3, TimeSpan.FromSeconds(5)));
    });

    [Theory]
    [InlineData("2.4")]
    [InlineData("2.8")]
    [InlineData("3.4")]
    public Task Sessions(string version) => ReplayAsync(version, "show-sess", async api => (await api.ShowSessionsAsync()).Select(s => (s.Frontend, s.Server, s.ServerSide)).ShouldBe(
    [
        ("db", "established", ServerSideState.Established),
        ("db", "refused", ServerSideState.TurnAround),
        ("GLOBAL", null, ServerSideState.Established),
    ]));

    [Fact]
    public Task Ages_are_printed_in_two_units() => ReplayAsync("2.4", "show-sess", async api =>
        (await api.ShowSessionsAsync()).Select(s => s.Age).ShouldBe([TimeSpan.FromSeconds(65), TimeSpan.FromHours(51), TimeSpan.Zero]));
}
