using System.Net;
using System.Net.Sockets;

namespace HaproxyRuntime.Tests.Real;

/// <summary>Every command the library has, done by the real HAProxy over both kinds of connection, and every outcome provoked.</summary>
public sealed class RealCommandTests
{
    private const string Backend = "db_servers";

    private static readonly IPEndPoint s_address = IPEndPoint.Parse("127.0.0.1:5432");

    // 2.6.12 may crash of "del server", but not of one with nobody about.
    private static readonly RuntimeOptions s_unjudged = new() { IgnoreCompatibility = true };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, EveryHaproxy]
    public async Task A_server_from_its_birth_to_its_end(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        await using var database = new EchoDatabase("db1");
        await OnEachAsync(haproxy, async api =>
        {
            (await api.ShowServersStateAsync(Backend, Cancel)).ShouldBeEmpty();
            await ExpectAsync(api, RuntimeCommand.AddServer(Backend, "a", IPEndPoint.Parse(database.Address)), CommandOutcome.Registered);
            await ExpectAsync(api, RuntimeCommand.AddServer(Backend, "a", IPEndPoint.Parse(database.Address)), CommandOutcome.AlreadyExists);
            (await ServerAsync(api, "a")).InMaintenance.ShouldBeTrue();
            await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready), CommandOutcome.Done);
            var server = await ServerAsync(api, "a");
            (server.Backend, server.Address, server.Port, server.OperationalState, server.AdminState).ShouldBe((Backend, IPAddress.Loopback, database.Port, ServerOperationalState.Running, ServerAdminState.None));
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "a"), CommandOutcome.NotInMaintenance);

            using var client = new DbClient(haproxy.ClientPort);
            (await client.AskAsync("hello")).Line.ShouldBe("db1 hello");
            var session = (await api.ShowSessionsAsync(Cancel)).Where(s => s.Server == "a").ShouldHaveSingleItem();
            (session.Frontend, session.Backend, session.ServerSide).ShouldBe(("db", Backend, ServerSideState.Established));

            await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Drain), CommandOutcome.Done);
            (await ServerAsync(api, "a")).AdminState.ShouldBe(ServerAdminState.ForcedDrain);
            await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Maintenance), CommandOutcome.Done);
            (await client.AskAsync("still here")).Line.ShouldBe("db1 still here");
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "a"), CommandOutcome.StillHasConnections);

            await ExpectAsync(api, RuntimeCommand.ShutdownServerSessions(Backend, "a"), CommandOutcome.Done);
            await Until.TrueAsync("the session to end", async () => (await api.ShowSessionsAsync(Cancel)).All(s => s.Server != "a"));
            (await client.AskAsync("gone")).Reason.ShouldBe(NoAnswer.Closed);
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "a"), CommandOutcome.Deleted);
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "a"), CommandOutcome.NoSuchServer);
        });
    }

    [Theory, EveryHaproxy]
    public async Task One_session_is_cut_and_the_other_lives(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        await using var database = new EchoDatabase("db1");
        await AddReadyAsync(haproxy, "a", database);
        await OnEachAsync(haproxy, async api =>
        {
            using var cut = new DbClient(haproxy.ClientPort);
            await cut.AskAsync("one");
            var id = (await api.ShowSessionsAsync(Cancel)).Where(s => s.Server == "a").ShouldHaveSingleItem().Id;
            using var spared = new DbClient(haproxy.ClientPort);
            await spared.AskAsync("two");

            await ExpectAsync(api, RuntimeCommand.ShutdownSession(id), CommandOutcome.Done);
            await Until.TrueAsync("the session to end", async () => (await api.ShowSessionsAsync(Cancel)).All(s => s.Id != id));

            (await cut.AskAsync("three")).Reason.ShouldBe(NoAnswer.Closed);
            (await spared.AskAsync("four")).Line.ShouldBe("db1 four");
            await ExpectAsync(api, RuntimeCommand.ShutdownSession("0xdead"), CommandOutcome.NoSuchSession);
            spared.Dispose();
            await Until.TrueAsync("the other one to end as well", async () => (await api.ShowSessionsAsync(Cancel)).All(s => s.Server != "a"));
        });
    }

    [Theory, EveryHaproxy]
    public async Task Refusals(string version)
    {
        var operatorPort = FreePort.Take();
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            TcpApi = true,
            Global = [$"stats socket ipv4@127.0.0.1:{operatorPort} level operator"],
            Backend = ["use-server used if FALSE", "server used 127.0.0.1:5432 disabled", "server leader 127.0.0.1:5432 check inter 1h disabled", "server follower 127.0.0.1:5432 track db_servers/leader"],
            Sections = ["backend static", "    balance source"],
        });
        await OnEachAsync(haproxy, async api =>
        {
            await ExpectAsync(api, RuntimeCommand.AddServer("nope", "a", s_address), CommandOutcome.NoSuchBackend);
            await ExpectAsync(api, RuntimeCommand.AddServer("static", "a", s_address), CommandOutcome.StaticBalancing);
            await ExpectAsync(api, RuntimeCommand.DeleteServer("nope", "a"), CommandOutcome.NoSuchBackend);
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "nope"), CommandOutcome.NoSuchServer);
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "used"), CommandOutcome.PinnedByConfiguration);
            await ExpectAsync(api, RuntimeCommand.DeleteServer(Backend, "leader"), CommandOutcome.PinnedByConfiguration);
            await ExpectAsync(api, RuntimeCommand.SetServerState("nope", "a", ServerStateRequest.Ready), CommandOutcome.NoSuchBackend);
            await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "nope", ServerStateRequest.Ready), CommandOutcome.NoSuchServer);
            await ExpectAsync(api, RuntimeCommand.SetServerAddress(Backend, "nope", s_address), CommandOutcome.NoSuchServer);
            await ExpectAsync(api, RuntimeCommand.ShutdownServerSessions("nope", "a"), CommandOutcome.NoSuchBackend);
            await ExpectAsync(api, RuntimeCommand.ShutdownServerSessions(Backend, "nope"), CommandOutcome.NoSuchServer);
            await ExpectAsync(api, RuntimeCommand.Raw("bogus command"), CommandOutcome.UnknownCommand);
            await ExpectAsync(api, RuntimeCommand.Raw("set server db_servers/used addr db.example"), CommandOutcome.InvalidValue);
            await ExpectAsync(api, RuntimeCommand.Raw("add server db_servers/b 127.0.0.1:1 bogus"), CommandOutcome.Refused);
            (await ServerAsync(api, "follower")).AdminState.ShouldBe(ServerAdminState.InheritedMaintenance);
            (await api.ShowCliLevelAsync(Cancel)).ShouldBe("admin");
            var e = await Should.ThrowAsync<RuntimeApiException>(() => api.ShowServersStateAsync("nope", Cancel));
            (e.Error, e.Outcome).ShouldBe((RuntimeApiError.Refused, CommandOutcome.NoSuchBackend));
        });

        var weak = new RuntimeClient(new RuntimeEndpoint.Tcp(new HostPort("127.0.0.1", operatorPort)), s_unjudged);
        (await weak.ShowCliLevelAsync(Cancel)).ShouldBe("operator");
        (await weak.ShowSessionsAsync(Cancel)).ShouldNotBeEmpty();
        await ExpectAsync(weak, RuntimeCommand.AddServer(Backend, "a", s_address), CommandOutcome.PermissionDenied);
        await ExpectAsync(weak, RuntimeCommand.SetServerState(Backend, "used", ServerStateRequest.Ready), CommandOutcome.PermissionDenied);
        await ExpectAsync(weak, RuntimeCommand.DeleteServer(Backend, "used"), CommandOutcome.PermissionDenied);
        await ExpectAsync(weak, RuntimeCommand.ShutdownSession("0x1"), CommandOutcome.PermissionDenied);
    }

    [Theory, EveryHaproxy]
    public async Task An_address_is_changed_and_takes_effect(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        await using var first = new EchoDatabase("db1");
        await using var second = new EchoDatabase("db2");
        await using var third = new EchoDatabase("db3", ipv6: true);
        await AddReadyAsync(haproxy, "a", first);
        await OnEachAsync(haproxy, async api =>
        {
            foreach (var database in (EchoDatabase[])[second, third, first])
            {
                var address = new IPEndPoint(database == third ? IPAddress.IPv6Loopback : IPAddress.Loopback, database.Port);
                await ExpectAsync(api, RuntimeCommand.SetServerAddress(Backend, "a", address), CommandOutcome.AddressChanged);
                // From 2.9 on it is applied a moment later.
                await Until.TrueAsync("the new address", async () => await ServerAsync(api, "a") is var server && (server.Address, server.Port).Equals((address.Address, address.Port)));
                await ExpectAsync(api, RuntimeCommand.SetServerAddress(Backend, "a", address), CommandOutcome.NothingChanged);
                (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe(database == first ? "db1 hello" : database == second ? "db2 hello" : "db3 hello");
            }

            // A change back that comes before the first is in effect would be compared with what is: nothing to change, and then the first comes.
            foreach (var database in (EchoDatabase[])[second, first])
            {
                (await api.SetServerAddressAndReadBackAsync(Backend, "a", new IPEndPoint(IPAddress.Loopback, database.Port), Cancel)).Outcome.ShouldBe(CommandOutcome.AddressChanged);
            }
        });
    }

    [Theory, EveryHaproxy]
    public async Task A_server_at_an_IPv6_address_is_added_and_serves(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var database = new EchoDatabase("db6", ipv6: true);
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        await ExpectAsync(api, RuntimeCommand.AddServer(Backend, "a", new IPEndPoint(IPAddress.IPv6Loopback, database.Port)), CommandOutcome.Registered);
        await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready), CommandOutcome.Done);
        (await ServerAsync(api, "a")).Address.ShouldBe(IPAddress.IPv6Loopback);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe("db6 hello");
    }

    [Theory, EveryHaproxy]
    public async Task Configured_as_disabled_and_set_ready_it_takes_clients_while_the_bit_stays(string version)
    {
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server a {database.Address} disabled"] });
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        var before = await ServerAsync(api, "a");
        (before.AdminState, before.InMaintenance).ShouldBe((ServerAdminState.ForcedMaintenance | ServerAdminState.ConfiguredMaintenance, true));
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Reason.ShouldBe(NoAnswer.Closed);

        await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready), CommandOutcome.Done);

        var after = await ServerAsync(api, "a");
        (after.AdminState, after.InMaintenance, after.OperationalState).ShouldBe((ServerAdminState.ConfiguredMaintenance, false, ServerOperationalState.Running));
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe("db1 hello");
    }

    [Theory, EveryHaproxy]
    public async Task A_backend_of_2000_servers_is_listed_whole(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true, Backend = ["server-template s 1-2000 127.0.0.1:5432 disabled"] });
        await OnEachAsync(haproxy, async api =>
        {
            var servers = await api.ShowServersStateAsync(Backend, Cancel);
            servers.Select(s => s.Name).ShouldBe(Enumerable.Range(1, 2000).Select(i => $"s{i}"));
            servers.ShouldAllBe(s => s.InMaintenance && s.Port == 5432);
        });
    }

    [Theory, EveryHaproxy]
    public async Task The_longest_line_and_the_most_words_are_taken(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        await OnEachAsync(haproxy, async api =>
        {
            var line = "show servers state ".PadRight(RuntimeCommand.LongestLine, 'x');
            (await api.ExecuteAsync(RuntimeCommand.Raw(line), Cancel)).ShouldBe("Can't find backend.\n");
            (await api.ExecuteAsync(RuntimeCommand.Raw("show version" + string.Concat(Enumerable.Repeat(" x", RuntimeCommand.MostWords - 2))), Cancel)).ShouldStartWith(version);
            (await api.ExecuteAsync(RuntimeCommand.Raw(@"show servers state a\;b"), Cancel)).ShouldBe("Can't find backend.\n");
            (await api.ExecuteAsync(RuntimeCommand.ShowStatistics, Cancel)).ShouldStartWith("# pxname,svname,");
            (await api.ExecuteAsync(RuntimeCommand.Raw("help"), Cancel)).ShouldContain("show servers state");
        });
    }

    [Theory, EveryHaproxy]
    public async Task A_thousand_commands_at_once_are_answered_in_their_order(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(20) }, Cancel);
        var asked = Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? session.ExecuteAsync(RuntimeCommand.ShowCliLevel, Cancel) : session.ExecuteAsync(RuntimeCommand.ShowServersState("nope"), Cancel)).ToList();
        (await Task.WhenAll(asked)).ShouldBe(Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? "admin\n" : "Can't find backend.\n"));
    }

    [Theory, EveryHaproxy]
    public async Task A_session_tells_of_the_process_and_of_its_end(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true, MaximumConnections = 1234 });
        await OnEachAsync(haproxy, async api =>
        {
            var info = await api.ShowInfoAsync(Cancel);
            (info.Pid, info.Stopping, info.MaximumConnections).ShouldBe((haproxy.Pid, false, 1234));
            HaproxyVersion.Parse(info.Version).ShouldBe(HaproxyBinary.VersionOf(version));
            DateTimeOffset.FromUnixTimeSeconds(info.StartTime).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        });

        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        await haproxy.KillAsync();
        (await session.Ended.WaitAsync(TimeSpan.FromSeconds(5), Cancel)).Error.ShouldBe(RuntimeApiError.CutShort);
        session.EndedByPeer.ShouldBeTrue();
        (await Should.ThrowAsync<RuntimeApiException>(() => RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel))).Problem.ShouldBe("nobody answers there any more (HAProxy is not running)");
    }

    [Theory, EveryHaproxy]
    public async Task A_worker_left_over_from_a_reload_says_so_and_changes_nothing(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        await using var database = new EchoDatabase("db1");
        await AddReadyAsync(haproxy, "a", database);
        await using var old = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        var before = await old.ShowInfoAsync(Cancel);
        using var client = new DbClient(haproxy.ClientPort);
        await client.AskAsync("hello");

        await haproxy.ReloadAsync();

        old.Ended.IsCompleted.ShouldBeFalse();
        var after = await old.ShowInfoAsync(Cancel);
        (after.Pid, after.StartTime, after.Stopping).ShouldBe((before.Pid, before.StartTime, true));
        (await ServerAsync(old, "a")).OperationalState.ShouldBe(ServerOperationalState.Running);
        await ExpectAsync(old, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Maintenance), CommandOutcome.ProxyIsDisabled);
        await ExpectAsync(old, RuntimeCommand.ShutdownServerSessions(Backend, "a"), CommandOutcome.ProxyIsDisabled);
        (await client.AskAsync("still here")).Line.ShouldBe("db1 still here");
        (await new RuntimeClient(haproxy.ApiEndpoint).ShowInfoAsync(Cancel)).Pid.ShouldNotBe(before.Pid);

        var session = (await old.ShowSessionsAsync(Cancel)).Where(s => s.Server == "a").ShouldHaveSingleItem();
        await ExpectAsync(old, RuntimeCommand.ShutdownSession(session.Id), CommandOutcome.Done);
        (await client.AskAsync("gone")).Reason.ShouldBe(NoAnswer.Closed);
    }

    [Theory, EveryHaproxy]
    public async Task A_frozen_process_executes_later_what_timed_out_and_the_session_shows_it_until_then(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromSeconds(2) }, Cancel);
        await ExpectAsync(session, RuntimeCommand.AddServer(Backend, "a", s_address), CommandOutcome.Registered);
        var ready = RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready);

        haproxy.Freeze();
        var e = await Should.ThrowAsync<RuntimeApiException>(() => session.ChangeAsync(ready, Cancel));
        (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TimedOut, true));
        session.Unanswered.ShouldBe([ready]);
        (await Should.ThrowAsync<RuntimeApiException>(() => session.ShowInfoAsync(Cancel))).Error.ShouldBe(RuntimeApiError.TimedOut);
        session.Ended.IsCompleted.ShouldBeFalse();

        haproxy.Thaw();
        await Until.TrueAsync("the answers", () => session.Unanswered.Count == 0);
        (await ServerAsync(session, "a")).OperationalState.ShouldBe(ServerOperationalState.Running);
    }

    [Theory, EveryHaproxy]
    public async Task What_a_client_gave_up_waiting_for_is_executed_nevertheless(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        var client = new RuntimeClient(haproxy.ApiEndpoint);
        await ExpectAsync(client, RuntimeCommand.AddServer(Backend, "a", s_address), CommandOutcome.Registered);

        haproxy.Freeze();
        var impatient = new RuntimeClient(haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromMilliseconds(200) });
        var e = await Should.ThrowAsync<RuntimeApiException>(() => impatient.ChangeAsync(RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready), Cancel));
        (e.Error, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TimedOut, true));

        haproxy.Thaw();
        await Until.TrueAsync("the command to be executed", async () => (await ServerAsync(client, "a")).OperationalState == ServerOperationalState.Running);
    }

    [Theory, EveryHaproxy]
    public async Task A_session_that_only_connects_is_seen_as_connecting(string version)
    {
        using var silent = new FullBacklog();
        await using var haproxy = await RealHaproxy.StartAsync(version);
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        await ExpectAsync(api, RuntimeCommand.AddServer(Backend, "a", new IPEndPoint(IPAddress.Loopback, silent.Port)), CommandOutcome.Registered);
        await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, "a", ServerStateRequest.Ready), CommandOutcome.Done);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, haproxy.ClientPort, Cancel);
        await Until.TrueAsync("the client", async () => (await api.ShowSessionsAsync(Cancel)).Any(s => s is { Server: "a", ServerSide: ServerSideState.Connecting }));
    }

    /// <summary>Over a connection for each command and over one for all, by Unix socket and by TCP.</summary>
    private static async Task OnEachAsync(RealHaproxy haproxy, Func<RuntimeApi, Task> test)
    {
        foreach (var endpoint in (RuntimeEndpoint[])[haproxy.ApiEndpoint, haproxy.TcpApiEndpoint])
        {
            await test(new RuntimeClient(endpoint, s_unjudged));
            await using var session = await RuntimeSession.OpenAsync(endpoint, s_unjudged, Cancel);
            await test(session);
        }
    }

    private static async Task ExpectAsync(RuntimeApi api, RuntimeCommand command, CommandOutcome outcome) =>
        (await api.ChangeAsync(command, Cancel)).Outcome.ShouldBe(outcome, $"{command} over {api.GetType().Name}");

    private static async Task<ServerState> ServerAsync(RuntimeApi api, string name) =>
        (await api.ShowServersStateAsync(Backend, Cancel)).Where(server => server.Name == name).ShouldHaveSingleItem();

    private static async Task AddReadyAsync(RealHaproxy haproxy, string name, EchoDatabase database)
    {
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        await ExpectAsync(api, RuntimeCommand.AddServer(Backend, name, IPEndPoint.Parse(database.Address)), CommandOutcome.Registered);
        await ExpectAsync(api, RuntimeCommand.SetServerState(Backend, name, ServerStateRequest.Ready), CommandOutcome.Done);
    }
}
