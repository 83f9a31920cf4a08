using System.Net;
using static HaproxyRuntime.Tests.Transcripts.TranscriptTests;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>What the real versions show, as the library understands it: each transcript is replayed to a client and a session of its own.</summary>
public sealed class ReadingTranscriptTests
{
    /// <summary>The transcripts that are tested here.</summary>
    internal static readonly string[] Names =
    [
        "show-acl", "show-acl-entries", "show-acl-no-such-acl", "show-backend", "show-errors", "show-errors-none", "show-errors-permission-denied", "show-map", "show-map-entries",
        "show-map-entries-none", "show-map-entries-of-version", "show-map-no-such-map", "show-servers-conn", "show-servers-conn-no-such-backend", "show-servers-conn-of-backend",
        "show-servers-state-all", "show-sess-queued", "show-some-sess-none", "show-some-sess-no-such-server", "show-some-sess-of-server", "show-stat", "show-stat-no-such-proxy",
        "show-stat-of-servers", "show-table", "show-table-entries", "show-table-entries-none", "show-table-entries-of-strings", "show-table-no-such-table",
        "show-table-permission-denied", "show-version",
    ];

    [Theory, EveryHaproxy]
    public Task Show_version(string version) => ReplayAsync(version, "show-version", async api =>
        Transcript.Answer(version, "show-version").Trim().ShouldStartWith((await api.ShowVersionAsync()).ToString()));

    [Theory, EveryHaproxy]
    public Task Show_backend(string version) =>
        ReplayAsync(version, "show-backend", async api => (await api.ShowBackendsAsync()).ShouldBe(["db_servers", "counters", "names", "web_servers"]));

    [Theory, EveryHaproxy]
    public Task Show_servers_state_of_all_backends(string version) => ReplayAsync(version, "show-servers-state-all", async api =>
    {
        var servers = await api.ShowServersStateAsync();
        servers.Select(s => $"{s.Backend}/{s.Name}").ShouldBe(["db_servers/one", "db_servers/refused", "db_servers/maint", "db_servers/ipv6", "db_servers/unix", "db_servers/unresolved", "web_servers/w"]);
        servers.Select(s => s.Weight).ShouldBe([1, 0, 1, 0, 0, 1, 1]);
        servers.Select(s => s.HostName).OfType<string>().ShouldBe(["db.invalid"]);
        servers.Where(s => s.Address is null).Select(s => s.Name).ShouldBe(["unix", "unresolved"]);
    });

    [Theory, EveryHaproxy]
    public async Task Show_servers_conn(string version)
    {
        await ReplayAsync(version, "show-servers-conn", async api =>
        {
            var servers = await api.ShowServerConnectionsAsync();
            servers.Count.ShouldBe(7);
            servers[^1].Backend.ShouldBe("web_servers");
        });
        await ReplayAsync(version, "show-servers-conn-of-backend", async api =>
        {
            var servers = await api.ShowServerConnectionsAsync("db_servers");
            servers.Select(s => s.Name).ShouldBe(["one", "refused", "maint", "ipv6", "unix", "unresolved"]);
            servers.Select(s => s.Id).ShouldBe([1, 2, 3, 4, 5, 6]);
            servers.ShouldAllBe(s => s.Backend == "db_servers" && s.BackendId == 3 && s.IdleLimit == null && s.PurgeDelay == TimeSpan.FromSeconds(5) && s.Served == null && s.IdleSessions == null);
            servers[3].Address.ShouldBe(IPAddress.IPv6Loopback);
            (servers[4].Address, servers[4].Port).ShouldBe((null, 0));
            servers[0].MostUsed.ShouldBe(1);
        });
        await RefusesAsync(version, "show-servers-conn-no-such-backend", api => api.ShowServerConnectionsAsync("nope"), CommandOutcome.NoSuchBackend);
    }

    [Theory, EveryHaproxy]
    public async Task Maps(string version)
    {
        await ReplayAsync(version, "show-map", async api =>
        {
            var maps = await api.ShowMapsAsync();
            maps.Select(m => (m.File, m.Entries, m.Version, m.NextVersion)).ShouldBe([("/etc/haproxy/hosts.map", 3L, 0L, 0L), ("/etc/haproxy/empty.map", 0L, 0L, 0L)]);
            maps[0].Description.ShouldStartWith("pattern loaded from file '/etc/haproxy/hosts.map' used by map at file");
            RuntimeCommand.ShowMap(maps[0].Reference).Text.ShouldBe("show map #" + maps[0].Id);
        });
        foreach (var name in (string[])["show-map-entries", "show-map-entries-of-version"])
        {
            await ReplayAsync(version, name, async api => (await api.ShowMapAsync("/etc/haproxy/hosts.map")).Select(e => (e.Key, e.Value))
                .ShouldBe([("one.example", "db_servers"), ("two.example", "two words"), ("nothing", "")]));
        }

        await ReplayAsync(version, "show-map-entries-none", async api => (await api.ShowMapAsync("#4")).ShouldBeEmpty());
        await RefusesAsync(version, "show-map-no-such-map", api => api.ShowMapAsync("#9999"));
    }

    [Theory, EveryHaproxy]
    public async Task Acls(string version)
    {
        await ReplayAsync(version, "show-acl", async api =>
        {
            var lists = await api.ShowAclsAsync();
            lists.Where(a => a.File != null).ShouldHaveSingleItem().Entries.ShouldBe(2);
            lists.Where(a => a.File == null).ShouldNotBeEmpty();
        });
        await ReplayAsync(version, "show-acl-entries", async api => (await api.ShowAclAsync("/etc/haproxy/clients.acl")).Select(e => e.Pattern).ShouldBe(["10.0.0.0/8", "2001:db8::/32"]));
        await RefusesAsync(version, "show-acl-no-such-acl", api => api.ShowAclAsync("#9999"));
    }

    [Theory, EveryHaproxy]
    public async Task Stick_tables(string version)
    {
        await ReplayAsync(version, "show-table", async api => (await api.ShowTablesAsync()).ShouldBe([new StickTable("names", "string", 1024, 0), new StickTable("counters", "ip", 10240, 1)]));
        await ReplayAsync(version, "show-table-entries", async api =>
        {
            var entry = (await api.ShowTableAsync("counters")).Entries.ShouldHaveSingleItem();
            (entry.Key, entry.Uses, entry["conn_cnt"], entry["conn_cur"], entry["gpc1"], entry["server_key"], entry["nothing"]).ShouldBe(("127.0.0.1", 2, 2L, 2L, 0L, null, null));
            entry.Expires.ShouldBeInRange(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
            entry.Data.Single(d => d.Period != null).ShouldBe(new StickTableData("bytes_in_rate", TimeSpan.FromSeconds(10), "0"));
        });
        await ReplayAsync(version, "show-table-entries-none", async api => (await api.ShowTableAsync("names")).Entries.ShouldBeEmpty());
        await ReplayAsync(version, "show-table-entries-of-strings", async api => (await api.ShowTableAsync("names")).Entries.ShouldHaveSingleItem().Key.ShouldBe("a\\ b\\ use\\=1"));
        await RefusesAsync(version, "show-table-no-such-table", api => api.ShowTableAsync("nope"));
        await RefusesAsync(version, "show-table-permission-denied", api => api.ShowTableAsync("counters"), CommandOutcome.PermissionDenied);
    }

    [Theory, EveryHaproxy]
    public async Task Sessions_that_wait_and_sessions_of_one_server(string version)
    {
        await ReplayAsync(version, "show-sess-queued", async api =>
        {
            var queued = (await api.ShowSessionsAsync()).Where(s => s.IsOnItsWay).ShouldHaveSingleItem();
            (queued.ServerSide, queued.Backend, queued.Server, queued.Age).ShouldBe((ServerSideState.Queued, "db_servers", null, TimeSpan.Zero));
        });
        var one = SessionFilter.OfServer("db_servers", "one");
        await ReplayAsync(version, "show-some-sess-of-server", async api => (await api.ShowSessionsAsync(one)).ShouldHaveSingleItem().ServerSide.ShouldBe(ServerSideState.Established));
        await ReplayAsync(version, "show-some-sess-none", async api => (await api.ShowSessionsAsync(SessionFilter.OfServer("db_servers", "ipv6"))).ShouldBeEmpty());
        if (version == "3.2")
        {
            await RefusesAsync(version, "show-some-sess-no-such-server", api => api.ShowSessionsAsync(SessionFilter.OfServer("db_servers", "nope")), CommandOutcome.NoSuchServer);
        }
        else
        {
            // It does not know the filter and lists all.
            await ReplayAsync(version, "show-some-sess-no-such-server", async api => (await api.ShowSessionsAsync(SessionFilter.OfServer("db_servers", "nope"))).ShouldBeEmpty());
        }
    }

    [Theory, EveryHaproxy]
    public async Task Errors(string version)
    {
        await ReplayAsync(version, "show-errors-none", async api => (await api.ShowErrorsAsync()).Errors.ShouldBeEmpty());
        await ReplayAsync(version, "show-errors", async api =>
        {
            var errors = await api.ShowErrorsAsync();
            errors.Total.ShouldBe(1);
            var error = errors.Errors.ShouldHaveSingleItem();
            (error.Proxy, error.InResponse, error.Time.Year >= 2025).ShouldBe(("web", false, true));
            error.Text.ShouldContain("[Foo");
        });
        await RefusesAsync(version, "show-errors-permission-denied", api => api.ShowErrorsAsync(), CommandOutcome.PermissionDenied);
    }

    [Theory, EveryHaproxy]
    public async Task Statistics(string version)
    {
        await ReplayAsync(version, "show-stat", async api =>
        {
            var rows = await api.ShowStatisticsAsync();
            rows.Where(r => r.Kind == StatisticsKind.Frontend).Select(r => r.Proxy).ShouldBe(["db", "web"]);
            rows.Where(r => r.Kind == StatisticsKind.Backend).Select(r => r.Proxy).ShouldBe(["db_servers", "counters", "names", "web_servers"]);
            rows.Where(r => r.Kind == StatisticsKind.Listener).Select(r => r.Name).ShouldBe(["here"]);
            var front = rows.Single(r => r.Proxy == "db");
            (front.Name, front.Status, front.CurrentSessions, front.TotalSessions, front.Mode, front.Weight, front.CheckStatus).ShouldBe(("FRONTEND", "OPEN", 2L, 2L, "tcp", null, null));
            var back = rows.Single(r => r is { Proxy: "db_servers", Kind: StatisticsKind.Backend });
            (back.Name, back.CurrentQueue, back.CurrentSessions, back.ServerId).ShouldBe(("BACKEND", 1L, 2L, 0L));
            rows.Single(r => r.Kind == StatisticsKind.Frontend && r.Proxy == "web")["hrsp_4xx"].ShouldBe("1");
            (await api.ShowStatisticsCsvAsync()).ShouldBe(Transcript.Answer(version, "show-stat"));
        });
        await ReplayAsync(version, "show-stat-of-servers", async api =>
        {
            var servers = await api.ShowStatisticsAsync("db_servers", StatisticsKinds.Servers);
            servers.Select(s => s.Name).ShouldBe(["one", "refused", "maint", "ipv6", "unix", "unresolved"]);
            servers.Select(s => s.Status).ShouldBe(["no check", "DOWN", "MAINT", "no check", "no check", "MAINT (resolution)"]);
            servers.Select(s => s.Weight).ShouldBe([1, 0, 1, 0, 0, 1]);
            var (one, refused) = (servers[0], servers[1]);
            (one.CurrentSessions, one.SessionLimit, one.TotalSessions, one.CheckStatus, one.ServerId, one.ProxyId).ShouldBe((1L, 1L, 1L, null, 1L, 3L));
            (refused.SessionLimit, refused.SinceLastSession, refused.LastCheck, refused.Address?.StartsWith("127.0.0.1:", StringComparison.Ordinal)).ShouldBe((null, null, "Connection refused", true));
            refused.CheckStatus!.ShouldEndWith("L4CON");
            refused["check_desc"].ShouldBe("Layer4 connection problem");
            (refused["nonsense"], refused["cookie"]).ShouldBe((null, null));
            refused.Columns.ShouldContain("agg_server_status");
            refused.Columns.ShouldNotContain("-");
        });
        await RefusesAsync(version, "show-stat-no-such-proxy", api => api.ShowStatisticsAsync("nope"));
    }

    [Theory, EveryHaproxy]
    public async Task A_reading_answer_in_the_wrong_place_is_never_believed(string version)
    {
        (string Beginning, Func<RuntimeApi, Task> Ask)[] questions =
        [
            ("show-version", api => api.ShowVersionAsync()),
            ("show-backend", api => api.ShowBackendsAsync()),
            ("show-errors", api => api.ShowErrorsAsync()),
            ("show-map|show-acl", api => api.ShowMapsAsync()),
            ("show-stat", api => api.ShowStatisticsAsync()),
            ("show-servers-conn", api => api.ShowServerConnectionsAsync()),
            ("show-table", api => api.ShowTableAsync("t")),
        ];
        foreach (var name in Transcript.Names(version))
        {
            await using var haproxy = new FakeHaproxy { Answers = _ => Transcript.Answer(version, name) };
            foreach (var (beginning, ask) in questions.Where(q => !q.Beginning.Split('|').Any(name.StartsWith)))
            {
                (await Should.ThrowAsync<RuntimeApiException>(() => ask(new RuntimeClient(haproxy.Endpoint)), $"{name} for {beginning}")).Error.ShouldBeOneOf(RuntimeApiError.Unexpected, RuntimeApiError.Refused);
            }
        }
    }

    private static Task RefusesAsync(string version, string name, Func<RuntimeApi, Task> ask, CommandOutcome? outcome = null) => ReplayAsync(version, name, async api =>
    {
        var e = await Should.ThrowAsync<RuntimeApiException>(() => ask(api));
        (e.Error, e.OutcomeIsUnknown, e.CanRetry).ShouldBe((RuntimeApiError.Refused, false, false));
        e.Outcome.ShouldBe(outcome ?? e.Outcome);
        e.Outcome.ShouldNotBeNull();
    });
}
