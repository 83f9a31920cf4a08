using System.Net;

namespace HaproxyRuntime.Tests.Real;

/// <summary>Each command that changes something, done by the real HAProxy, and its effect looked at.</summary>
public sealed class RealChangeTests
{
    private const string Backend = "db_servers";

    private static readonly IPEndPoint s_address = IPEndPoint.Parse("127.0.0.1:5432");

    // 2.6.12's dangers are none with nobody about.
    private static readonly RuntimeOptions s_unjudged = new() { IgnoreCompatibility = true, AnswerTimeout = TimeSpan.FromSeconds(10) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, EveryHaproxy]
    public async Task A_server_with_a_check_is_found_down_and_up(string version)
    {
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version);
        var api = new RuntimeClient(haproxy.ApiEndpoint, s_unjudged);
        var settings = new ServerSettings
        {
            Id = 77,
            Weight = 3,
            MaximumConnections = 10,
            Check = new ServerCheck { Interval = TimeSpan.FromMilliseconds(50), Fall = 1, Rise = 1, Port = FreePort.Take() },
            EndSessionsWhenDown = true,
        };
        await ExpectAsync(api, RuntimeCommand.AddServer(Backend, "a", IPEndPoint.Parse(database.Address), settings), CommandOutcome.Registered);
        await ExpectAsync(api, RuntimeCommand.EnableHealth(Backend, "a"), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.EnableServer(Backend, "a"), CommandOutcome.Done);
        (await ServerAsync(api, "a")).Id.ShouldBe(77);
        await Until.TrueAsync("the check to fail", async () => (await ServerAsync(api, "a")).OperationalState == ServerOperationalState.Stopped);
        await ExpectAsync(api, RuntimeCommand.SetServerCheckPort(Backend, "a", database.Port), CommandOutcome.Done);
        await Until.TrueAsync("the check to succeed", async () => (await ServerAsync(api, "a")).OperationalState == ServerOperationalState.Running);
        await ExpectAsync(api, RuntimeCommand.DisableHealth(Backend, "a"), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.SetServerHealth(Backend, "a", ServerHealthRequest.Down), CommandOutcome.Done);
        (await ServerAsync(api, "a")).OperationalState.ShouldBe(ServerOperationalState.Stopped);
        await ExpectAsync(api, RuntimeCommand.SetServerHealth(Backend, "a", ServerHealthRequest.Stopping), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.SetServerHealth(Backend, "a", ServerHealthRequest.Up), CommandOutcome.Done);
        (await ServerAsync(api, "a")).OperationalState.ShouldBe(ServerOperationalState.Running);
        await ExpectAsync(api, RuntimeCommand.DisableServer(Backend, "a"), CommandOutcome.Done);
        (await ServerAsync(api, "a")).InMaintenance.ShouldBeTrue();
    }

    [Theory, EveryHaproxy]
    public async Task Every_setting_of_a_server_is_taken(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Sections = ["backend web", "    mode http", "    balance roundrobin"] });
        var api = new RuntimeClient(haproxy.ApiEndpoint, s_unjudged with { IgnoreCompatibility = false });
        var settings = new ServerSettings
        {
            Weight = 0,
            Backup = true,
            MaximumConnections = 10,
            MaximumQueue = 10,
            SlowStart = TimeSpan.FromSeconds(1),
            Source = IPAddress.Loopback,
            SendProxy = ProxyProtocol.Version2,
            Protocol = "h1",
            Check = new ServerCheck { Interval = TimeSpan.FromHours(1), FastInterval = TimeSpan.FromHours(1), DownInterval = TimeSpan.FromHours(1), Fall = 1, Rise = 1, Address = IPAddress.Loopback, Port = 1, Tls = true },
            Agent = new ServerAgent(1) { Address = IPAddress.Loopback, Interval = TimeSpan.FromHours(1) },
            EndSessionsWhenDown = true,
            EndBackupSessionsWhenUp = true,
            Tls = new ServerTls { Verify = false, ServerName = "str(db.example)", Alpn = "http/1.1" },
        };
        await ExpectAsync(api, RuntimeCommand.AddServer("web", "a", s_address, settings), CommandOutcome.Registered);
        await ExpectAsync(api, RuntimeCommand.AddServer("web", "b", s_address, new ServerSettings { SendProxy = ProxyProtocol.Version1 }), CommandOutcome.Registered);
        await ExpectAsync(api, RuntimeCommand.EnableAgent("web", "a"), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.SetServerAgent("web", "a", up: false), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.DisableAgent("web", "a"), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.EnableAgent("web", "b"), CommandOutcome.NoCheck);
        foreach (var state in Enum.GetValues<InitialState>())
        {
            var add = RuntimeCommand.AddServer("web", "c" + state, s_address, new ServerSettings { InitialState = state, Check = new ServerCheck() });
            if (HaproxyBinary.CapabilitiesOf(version).Can(HaproxyFeature.AddServerInitialState))
            {
                await ExpectAsync(api, add, CommandOutcome.Registered);
            }
            else
            {
                (await Should.ThrowAsync<RuntimeApiException>(() => api.ChangeAsync(add, Cancel))).Error.ShouldBe(RuntimeApiError.NotSupported);
            }
        }
    }

    [Theory, EveryHaproxy]
    public async Task Weights_and_limits(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = ["server a 127.0.0.1:5432 weight 10 disabled"], Sections = ["backend static", "    balance source", "    server s 127.0.0.1:5432 disabled"] });
        var api = new RuntimeClient(haproxy.ApiEndpoint, s_unjudged);
        await ExpectAsync(api, RuntimeCommand.SetServerWeight(Backend, "a", 5), CommandOutcome.Done);
        (await api.ExecuteAsync(RuntimeCommand.Raw("get weight db_servers/a"), Cancel)).ShouldStartWith("5 (initial 10)");
        await ExpectAsync(api, RuntimeCommand.SetRelativeWeight(Backend, "a", 200), CommandOutcome.Done);
        (await api.ExecuteAsync(RuntimeCommand.Raw("get weight db_servers/a"), Cancel)).ShouldStartWith("20 (initial 10)");
        await ExpectAsync(api, RuntimeCommand.SetServerWeight("static", "s", 5), CommandOutcome.StaticBalancing);
        await ExpectAsync(api, RuntimeCommand.SetServerMaxconn(Backend, "a", 7), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.SetGlobalMaxconn(321), CommandOutcome.Done);
        (await api.ShowInfoAsync(Cancel)).MaximumConnections.ShouldBe(321);
        await ExpectAsync(api, RuntimeCommand.SetGlobalMaxconn(int.MaxValue), CommandOutcome.InvalidValue);
        await ExpectAsync(api, RuntimeCommand.SetFrontendMaxconn("db", 123), CommandOutcome.Done);
        (await api.ExecuteAsync(RuntimeCommand.ShowStatistics, Cancel)).Split('\n').Single(line => line.StartsWith("db,FRONTEND,", StringComparison.Ordinal)).Split(',')[6].ShouldBe("123");
        await ExpectAsync(api, RuntimeCommand.SetFrontendMaxconn("nope", 1), CommandOutcome.NoSuchFrontend);
        await ExpectAsync(api, RuntimeCommand.SetServerHost(Backend, "a", "db.example"), CommandOutcome.NoResolution);
        await ExpectAsync(api, RuntimeCommand.ClearCounters, CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.ClearAllCounters, CommandOutcome.Done);
    }

    [Theory, EveryHaproxy]
    public async Task A_servers_host_name_is_changed(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Backend = ["server a old.example:5432 resolvers r init-addr none"],
            Sections = ["resolvers r", $"    nameserver n 127.0.0.1:{FreePort.Take()}"],
        });
        var api = new RuntimeClient(haproxy.ApiEndpoint, s_unjudged);
        await ExpectAsync(api, RuntimeCommand.SetServerHost(Backend, "a", "new.example"), CommandOutcome.AddressChanged);
        (await api.ExecuteAsync(RuntimeCommand.ShowServersState(Backend), Cancel)).ShouldContain(" new.example ");
        await ExpectAsync(api, RuntimeCommand.SetServerHost(Backend, "a", "new.example"), CommandOutcome.NothingChanged);
    }

    [Theory, EveryHaproxy]
    public async Task A_frontend_is_closed_opened_and_given_up(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        var api = new RuntimeClient(haproxy.ApiEndpoint, s_unjudged);
        await ExpectAsync(api, RuntimeCommand.EnableFrontend("db"), CommandOutcome.NothingChanged);
        await ExpectAsync(api, RuntimeCommand.DisableFrontend("db"), CommandOutcome.Done);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Reason.ShouldBe(NoAnswer.Refused);
        await ExpectAsync(api, RuntimeCommand.DisableFrontend("db"), CommandOutcome.NothingChanged);
        await ExpectAsync(api, RuntimeCommand.EnableFrontend("db"), CommandOutcome.Done);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Reason.ShouldBe(NoAnswer.Closed);
        await ExpectAsync(api, RuntimeCommand.ShutdownFrontend("db"), CommandOutcome.Done);
        await ExpectAsync(api, RuntimeCommand.ShutdownFrontend("db"), CommandOutcome.NothingChanged);
        await ExpectAsync(api, RuntimeCommand.EnableFrontend("db"), CommandOutcome.FrontendIsShutDown);
        await ExpectAsync(api, RuntimeCommand.EnableFrontend("nope"), CommandOutcome.NoSuchFrontend);
    }

    [Theory, EveryHaproxy]
    public async Task An_address_is_in_effect_when_the_method_returns(string version)
    {
        await using var first = new EchoDatabase("db1");
        await using var second = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server a {first.Address}"] });
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, s_unjudged, Cancel);
        for (var i = 0; i < 20; i++)
        {
            var (database, name) = i % 2 == 0 ? (second, "db2") : (first, "db1");
            var address = new IPEndPoint(IPAddress.Loopback, database.Port);
            (await session.SetServerAddressAndReadBackAsync(Backend, "a", address, Cancel)).Outcome.ShouldBe(CommandOutcome.AddressChanged);
            (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe(name + " hello");
            (await session.SetServerAddressAndReadBackAsync(Backend, "a", address, Cancel)).Outcome.ShouldBe(CommandOutcome.NothingChanged);
        }

        (await session.SetServerAddressAndReadBackAsync(Backend, "nope", s_address, Cancel)).Outcome.ShouldBe(CommandOutcome.NoSuchServer);
    }

    [Theory, EveryHaproxy]
    public async Task Waiting_for_a_server_that_can_be_deleted(string version)
    {
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server a {database.Address}"] });
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(2) }, Cancel);
        if (!HaproxyBinary.CapabilitiesOf(version).Can(HaproxyFeature.Wait))
        {
            (await Should.ThrowAsync<RuntimeApiException>(() => session.WaitUntilRemovableAsync(Backend, "a", TimeSpan.FromSeconds(1), Cancel))).Error.ShouldBe(RuntimeApiError.NotSupported);
            return;
        }

        using var client = new DbClient(haproxy.ClientPort);
        await client.AskAsync("hello");
        (await session.WaitUntilRemovableAsync(Backend, "nope", TimeSpan.FromSeconds(1), Cancel)).Outcome.ShouldBe(WaitOutcome.Failed);
        (await session.WaitUntilRemovableAsync(Backend, "a", TimeSpan.FromSeconds(1), Cancel)).Outcome.ShouldBe(WaitOutcome.Failed);
        (await session.ChangeAsync(RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Maintenance), Cancel)).Outcome.ShouldBe(CommandOutcome.Done);

        // Longer than an answer may otherwise take, for it and for what was sent behind it.
        var waiting = session.WaitUntilRemovableAsync(Backend, "a", TimeSpan.FromSeconds(3), Cancel);
        var behind = session.ShowCliLevelAsync(Cancel);
        (await waiting).Outcome.ShouldBe(WaitOutcome.Expired);
        (await behind).ShouldBe("admin");

        waiting = session.WaitUntilRemovableAsync(Backend, "a", TimeSpan.FromSeconds(20), Cancel);
        client.Dispose();
        (await waiting).Outcome.ShouldBe(WaitOutcome.Done);
        (await new RuntimeClient(haproxy.ApiEndpoint).WaitUntilRemovableAsync(Backend, "a", TimeSpan.FromSeconds(5), Cancel)).Outcome.ShouldBe(WaitOutcome.Done);
    }

    [Theory, EveryHaproxy]
    public async Task A_silent_session_lives_as_long_as_it_asks_to(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Global = ["stats timeout 1s"] });
        await using var silent = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        (await session.ChangeAsync(RuntimeCommand.SetCliTimeout(TimeSpan.FromMinutes(1)), Cancel)).Outcome.ShouldBe(CommandOutcome.Done);
        if (version != "2.6")
        {
            // 2.6.12 forgets this timeout for about every tenth silent connection.
            await silent.Ended.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        }

        session.Ended.IsCompleted.ShouldBeFalse();
        (await session.ShowCliLevelAsync(Cancel)).ShouldBe("admin");
    }

    [Theory, EveryHaproxy]
    public async Task What_is_experimental_can_be_had(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        var set = RuntimeCommand.Raw("set var proc.x int(3)");
        (await session.ChangeAsync(set, Cancel)).Outcome.ShouldBe(CommandOutcome.ExperimentalOnly);
        (await session.ChangeAsync(RuntimeCommand.Raw("experimental-mode on"), Cancel)).Outcome.ShouldBe(CommandOutcome.Done);
        (await session.ChangeAsync(set, Cancel)).Outcome.ShouldBe(CommandOutcome.Done);
    }

    private static async Task ExpectAsync(RuntimeApi api, RuntimeCommand command, CommandOutcome outcome) =>
        (await api.ChangeAsync(command, Cancel)).Outcome.ShouldBe(outcome, command.Text);

    private static async Task<ServerState> ServerAsync(RuntimeApi api, string name) =>
        (await api.ShowServersStateAsync(Backend, Cancel)).Where(server => server.Name == name).ShouldHaveSingleItem();
}
