using System.Net;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>What the real versions said, as the library understands it: each transcript is replayed to a client and a session of its own.</summary>
public sealed class TranscriptTests
{
    // The fake gives the same answer to everything, and would give it to "show info" too.
    private static readonly RuntimeOptions s_unjudged = new() { IgnoreCompatibility = true };

    private static readonly RuntimeCommand s_anyChange = RuntimeCommand.Raw("any change");

    private static readonly Dictionary<string, CommandOutcome> s_changes = new()
    {
        ["add-server"] = CommandOutcome.Registered,
        ["add-server-exists"] = CommandOutcome.AlreadyExists,
        ["add-server-no-such-backend"] = CommandOutcome.NoSuchBackend,
        ["add-server-static-balancing"] = CommandOutcome.StaticBalancing,
        ["del-server"] = CommandOutcome.Deleted,
        ["del-server-no-such-backend"] = CommandOutcome.NoSuchBackend,
        ["del-server-no-such-server"] = CommandOutcome.NoSuchServer,
        ["del-server-not-in-maintenance"] = CommandOutcome.NotInMaintenance,
        ["del-server-pinned"] = CommandOutcome.PinnedByConfiguration,
        ["del-server-still-has-connections"] = CommandOutcome.StillHasConnections,
        ["permission-denied"] = CommandOutcome.PermissionDenied,
        ["set-server-addr"] = CommandOutcome.AddressChanged,
        ["set-server-addr-name"] = CommandOutcome.InvalidValue,
        ["set-server-addr-nothing-changed"] = CommandOutcome.NothingChanged,
        ["set-server-addr-only-port"] = CommandOutcome.AddressChanged,
        ["set-server-addr-other-family"] = CommandOutcome.AddressChanged,
        ["set-server-state"] = CommandOutcome.Done,
        ["set-server-state-no-such-backend"] = CommandOutcome.NoSuchBackend,
        ["set-server-state-no-such-server"] = CommandOutcome.NoSuchServer,
        ["shutdown-session-no-such-session"] = CommandOutcome.NoSuchSession,
        ["shutdown-sessions"] = CommandOutcome.Done,
        ["shutdown-sessions-no-such-server"] = CommandOutcome.NoSuchServer,
        ["unknown-command"] = CommandOutcome.UnknownCommand,
    };

    [Theory, EveryHaproxy]
    public void Every_one_is_tested_here(string version) => Transcript.Names(version).ShouldBe(s_changes.Keys.Concat(
        ["show-cli-level-admin", "show-cli-level-operator", "show-info", "show-servers-state", "show-servers-state-empty", "show-servers-state-no-such-backend",
        "show-sess-connecting", "show-sess-established", "show-sess-own-tcp", "show-sess-own-unix", "show-sess-turn-around"]).Concat(ReadingTranscriptTests.Names), ignoreOrder: true);

    [Theory, EveryHaproxy]
    public async Task Every_change_and_every_refusal_is_understood(string version)
    {
        foreach (var (name, outcome) in s_changes)
        {
            await ReplayAsync(version, name, async api => (await api.ChangeAsync(s_anyChange)).Outcome.ShouldBe(outcome, name));
        }
    }

    [Theory, EveryHaproxy]
    public Task Show_info(string version) => ReplayAsync(version, "show-info", async api =>
    {
        var info = await api.ShowInfoAsync();
        info.ShouldBe(new ProcessInfo(Transcript.Answer(version, "show-version").Trim(), 12345, 1_700_000_000, info.Uptime, false, 4000, 0) { Jobs = info.Jobs });
        info.Jobs.ShouldNotBeNull().ShouldBeInRange(2, 9);
        info.Uptime.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    });

    [Theory, EveryHaproxy]
    public async Task Show_cli_level(string version)
    {
        await ReplayAsync(version, "show-cli-level-admin", async api => (await api.ShowCliLevelAsync()).ShouldBe("admin"));
        await ReplayAsync(version, "show-cli-level-operator", async api => (await api.ShowCliLevelAsync()).ShouldBe("operator"));
    }

    [Theory, EveryHaproxy]
    public Task Show_servers_state(string version) => ReplayAsync(version, "show-servers-state", async api =>
    {
        const ServerAdminState Configured = ServerAdminState.ConfiguredMaintenance;
        var local = IPAddress.Loopback;
        (string Name, IPAddress? Address, ServerAdminState State, bool InMaintenance)[] expected =
        [
            ("pinned", local, Configured | ServerAdminState.ForcedMaintenance, true),
            ("configured-disabled", local, Configured | ServerAdminState.ForcedMaintenance, true),
            ("was-disabled", local, Configured, false),
            ("leader", local, ServerAdminState.ForcedMaintenance, true),
            ("follower", local, ServerAdminState.InheritedMaintenance, true),
            ("unresolved", null, ServerAdminState.ResolutionMaintenance, true),
            ("ready", local, ServerAdminState.None, false),
            ("maint", local, ServerAdminState.ForcedMaintenance, true),
            ("drain", local, ServerAdminState.ForcedDrain, false),
            ("ipv6", IPAddress.Parse("2001:db8::1"), ServerAdminState.ForcedMaintenance, true),
        ];
        var servers = await api.ShowServersStateAsync("db_servers");
        servers.Select(s => (s.Name, s.Address, s.AdminState, s.InMaintenance)).ShouldBe(expected);
        servers.Select(s => s.Id).ShouldBe(Enumerable.Range(1, 10));
        servers.ShouldAllBe(s => s.Backend == "db_servers" && s.Port == 5432 && s.SinceLastChange < TimeSpan.FromSeconds(10));
        servers.Where(s => s.OperationalState == ServerOperationalState.Running).Select(s => s.Name).ShouldBe(["was-disabled", "ready", "drain"]);
        servers.Where(s => s.OperationalState == ServerOperationalState.Stopped).Count().ShouldBe(7);
    });

    [Theory, EveryHaproxy]
    public async Task Show_servers_state_of_an_empty_backend_and_of_none(string version)
    {
        await ReplayAsync(version, "show-servers-state-empty", async api => (await api.ShowServersStateAsync("empty")).ShouldBeEmpty());
        await ReplayAsync(version, "show-servers-state-no-such-backend", async api =>
        {
            var e = await Should.ThrowAsync<RuntimeApiException>(() => api.ShowServersStateAsync("nope"));
            (e.Error, e.Outcome, e.Problem, e.OutcomeIsUnknown, e.CanRetry).ShouldBe((RuntimeApiError.Refused, CommandOutcome.NoSuchBackend, "Can't find backend.", false, false));
        });
    }

    [Theory]
    [InlineData("show-sess-established", "established", ServerSideState.Established)]
    [InlineData("show-sess-connecting", "connecting", ServerSideState.Connecting)]
    [InlineData("show-sess-turn-around", "turn-around", ServerSideState.TurnAround)]
    public async Task A_client_of_a_server_is_seen_in_whatever_state_it_is(string name, string server, ServerSideState side)
    {
        foreach (var version in HaproxyVersions.Names)
        {
            await ReplayAsync(version, name, async api =>
            {
                var sessions = await api.ShowSessionsAsync();
                var client = sessions.Where(s => s.Server == server).ShouldHaveSingleItem();
                (client.Frontend, client.Backend, client.ServerSide).ShouldBe(("db", "db_servers", side));
                client.Source.ShouldStartWith("127.0.0.1:");
                RuntimeCommand.ShutdownSession(client.Id).Text.ShouldBe("shutdown session " + client.Id);
                sessions.ShouldContain(s => s.Frontend == "GLOBAL" && s.Source.StartsWith("unix:", StringComparison.Ordinal) && s.Backend == null && s.Server == null);
            });
        }
    }

    [Theory, EveryHaproxy]
    public async Task The_connection_that_asks_is_a_session_too(string version)
    {
        await ReplayAsync(version, "show-sess-own-unix", async api => (await api.ShowSessionsAsync()).ShouldContain(s => s.Frontend == "GLOBAL" && s.Source.StartsWith("unix:", StringComparison.Ordinal)));
        await ReplayAsync(version, "show-sess-own-tcp", async api => (await api.ShowSessionsAsync()).ShouldContain(s => s.Frontend == "GLOBAL" && s.Source.StartsWith("127.0.0.1:", StringComparison.Ordinal)));
    }

    [Theory, EveryHaproxy]
    public async Task An_answer_in_the_wrong_place_is_never_believed(string version)
    {
        // Each answer to each question but its own: success, or an empty list, may come of none.
        foreach (var name in Transcript.Names(version))
        {
            await using var haproxy = new FakeHaproxy { Answers = _ => Transcript.Answer(version, name) };
            await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_unjudged, TestContext.Current.CancellationToken);
            await ExpectAsync(!name.StartsWith("show-info", StringComparison.Ordinal), () => session.ShowInfoAsync());
            await ExpectAsync(!name.StartsWith("show-cli-level", StringComparison.Ordinal), () => session.ShowCliLevelAsync());
            await ExpectAsync(!IsListOfSessions(version, name), () => session.ShowSessionsAsync());
            await ExpectAsync(name is not ("show-servers-state" or "show-servers-state-empty" or "show-servers-state-all"), () => session.ShowServersStateAsync("b"));
            await ExpectAsync(s_changes.GetValueOrDefault(name) != CommandOutcome.Registered, () => SucceedAsync(session, RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse("127.0.0.1:1"))));
            await ExpectAsync(s_changes.GetValueOrDefault(name) != CommandOutcome.Deleted, () => SucceedAsync(session, RuntimeCommand.DeleteServer("b", "s")));
            await ExpectAsync(Transcript.Answer(version, name).Length > 0, () => SucceedAsync(session, RuntimeCommand.SetServerState("b", "s", ServerStateRequest.Maintenance)));
            await ExpectAsync(Transcript.Answer(version, name).Length > 0, () => SucceedAsync(session, RuntimeCommand.ShutdownServerSessions("b", "s")));
            await ExpectAsync(
                name is not ("set-server-addr" or "set-server-addr-only-port" or "set-server-addr-other-family" or "set-server-addr-nothing-changed"),
                () => SucceedAsync(session, RuntimeCommand.SetServerAddress("b", "s", IPEndPoint.Parse("127.0.0.1:1"))));

            async Task ExpectAsync(bool wrong, Func<Task> ask)
            {
                if (wrong)
                {
                    (await Should.ThrowAsync<RuntimeApiException>(ask, name)).Error.ShouldBeOneOf(RuntimeApiError.Unexpected, RuntimeApiError.Refused);
                }
                else
                {
                    await ask();
                }
            }
        }

        static async Task SucceedAsync(RuntimeApi api, RuntimeCommand command)
        {
            var result = await api.ChangeAsync(command);
            if (!result.Succeeded)
            {
                throw new RuntimeApiException(RuntimeApiError.Refused, api.Endpoint, command, result.Answer);
            }
        }
    }

    private static bool IsListOfSessions(string version, string name) =>
        name.StartsWith("show-sess-", StringComparison.Ordinal) || (name.StartsWith("show-some-sess", StringComparison.Ordinal) && Transcript.Answer(version, name).StartsWith("0x", StringComparison.Ordinal));

    internal static async Task ReplayAsync(string version, string name, Func<RuntimeApi, Task> ask)
    {
        await using var haproxy = new FakeHaproxy { Answers = _ => Transcript.Answer(version, name) };
        await ask(new RuntimeClient(haproxy.Endpoint, s_unjudged));
        await using var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, s_unjudged);
        await ask(session);
    }
}
