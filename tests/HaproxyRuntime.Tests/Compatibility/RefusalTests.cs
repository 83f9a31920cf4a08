using System.Net;

namespace HaproxyRuntime.Tests.Compatibility;

/// <summary>What a version lacks, or is harmed by, is refused before a byte of it is sent.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("add server b/s 127.0.0.1:1", new[] { HaproxyFeature.AddServer })]
    [InlineData("add  server b/s 127.0.0.1:1 weight 3 check inter 1s ssl", new[] { HaproxyFeature.AddServer, HaproxyFeature.AddServerChecks, HaproxyFeature.AddServerTls })]
    [InlineData("add server b/s 127.0.0.1:1 agent-check check", new[] { HaproxyFeature.AddServer, HaproxyFeature.AddServerChecks })]
    [InlineData("add server b/s 127.0.0.1:1 init-state up enabled", new[] { HaproxyFeature.AddServer, HaproxyFeature.AddServerInitialState, HaproxyFeature.AddServerEnabled })]
    [InlineData("add server help", new[] { HaproxyFeature.AddServer, HaproxyFeature.AddServerHelp })]
    [InlineData(@"d\el serv\er b/s", new[] { HaproxyFeature.DeleteServer })]
    [InlineData("wait 1s", new[] { HaproxyFeature.Wait })]
    [InlineData("wait 1s be-removable b", new[] { HaproxyFeature.Wait, HaproxyFeature.WaitBackendRemovable })]
    [InlineData("publish backend b", new[] { HaproxyFeature.DynamicBackends })]
    [InlineData("set maxconn frontend f 0", new[] { HaproxyFeature.SetFrontendMaxconn })]
    [InlineData("set maxconn server b/s 0", new HaproxyFeature[0])]
    [InlineData("show sess server b/s", new[] { HaproxyFeature.ShowSessionsFilters })]
    [InlineData("show sess", new HaproxyFeature[0])]
    [InlineData("set server b/s state ready", new HaproxyFeature[0])]
    [InlineData("add", new HaproxyFeature[0])]
    public void A_command_is_known_by_its_words(string text, HaproxyFeature[] needs) => RuntimeCommand.Raw(text).Needs.ShouldBe(needs);

    [Theory]
    [InlineData("2.6.12-1+deb12u4", "del server b/s", RuntimeApiError.Dangerous, HaproxyFeature.DeleteServer, "2.6.20")]
    [InlineData("3.0.5", "set maxconn frontend f 0", RuntimeApiError.Dangerous, HaproxyFeature.SetFrontendMaxconn, "3.0.6")]
    [InlineData("2.6.12", "wait 1s srv-removable b/s", RuntimeApiError.NotSupported, HaproxyFeature.Wait, "3.0.0")]
    [InlineData("3.0.11", "add server b/s 127.0.0.1:1 init-state down", RuntimeApiError.NotSupported, HaproxyFeature.AddServerInitialState, "3.1.0")]
    [InlineData("2.4.1", "add server b/s 127.0.0.1:1 check", RuntimeApiError.NotSupported, HaproxyFeature.AddServerChecks, "2.5.0")]
    [InlineData("3.2.26", "add backend b from d", RuntimeApiError.NotSupported, HaproxyFeature.DynamicBackends, null)]
    public async Task It_is_refused_before_a_byte_of_it_is_sent(string version, string text, RuntimeApiError error, HaproxyFeature feature, string? since)
    {
        await OnEachAsync(version, async (haproxy, api) =>
        {
            var e = await Should.ThrowAsync<RuntimeApiException>(() => api.ExecuteAsync(RuntimeCommand.Raw(text), Cancel));
            (e.Error, e.Support!.Feature, e.Support.AvailableSince?.ToString(), e.OutcomeIsUnknown, e.CanRetry, e.Outcome).ShouldBe((error, feature, since, false, false, null));
            e.Problem.ShouldContain(HaproxyVersion.Parse(version).ToString());
            e.Problem.ShouldContain(since ?? "no later version has it");
            haproxy.Received.ShouldNotContain(text);
        });
    }

    [Fact]
    public Task Somebody_who_knows_better_can_have_it_sent() => OnEachAsync(
        "2.6.12",
        async (haproxy, api) =>
        {
            (await api.ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel)).ShouldBe("del server b/s\n");
            haproxy.Received.ShouldNotContain("show info");
        },
        new RuntimeOptions { IgnoreCompatibility = true });

    [Fact]
    public Task What_is_experimental_gets_its_mode_first() => OnEachAsync("2.4.1", async (haproxy, api) =>
    {
        (await api.ChangeAsync(RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse("127.0.0.1:1")), Cancel)).Outcome.ShouldBe(CommandOutcome.Registered);
        haproxy.Received.ShouldContain("experimental-mode on\nadd server b/s 127.0.0.1:1\n");
    });

    [Fact]
    public Task A_version_that_cannot_be_read_gets_nothing_that_depends_on_it() => OnEachAsync("unknown", async (haproxy, api) =>
    {
        (await Should.ThrowAsync<RuntimeApiException>(() => api.ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel))).Error.ShouldBe(RuntimeApiError.NotSupported);
        haproxy.Received.ShouldNotContain("del server");
        (await Should.ThrowAsync<RuntimeApiException>(() => api.CapabilitiesAsync(Cancel))).Error.ShouldBe(RuntimeApiError.Unexpected);
        (await api.ExecuteAsync(RuntimeCommand.ShowSessions, Cancel)).ShouldBe("show sess\n");
    });

    [Fact]
    public async Task A_session_asks_for_the_version_once_and_not_at_all_when_it_was_told()
    {
        await using var haproxy = Fake("3.2.0");
        await using (var session = await RuntimeSession.OpenAsync(haproxy.Endpoint, cancel: Cancel))
        {
            await session.ExecuteAsync(RuntimeCommand.SetServerState("b", "s", ServerStateRequest.Ready), Cancel);
            haproxy.Received.ShouldNotContain("show info");
            await session.ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel);
            await session.ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel);
            haproxy.Received.ShouldBe("prompt\nset server b/s state ready\nshow info\ndel server b/s\ndel server b/s\n");
        }

        await using var told = Fake("3.2.0");
        await using var other = await RuntimeSession.OpenAsync(told.Endpoint, cancel: Cancel);
        await other.ShowInfoAsync(Cancel);
        await other.ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel);
        (await other.CapabilitiesAsync(Cancel)).Can(HaproxyFeature.Wait).ShouldBeTrue();
        told.Received.ShouldBe("prompt\nshow info\ndel server b/s\n");
    }

    [Fact]
    public async Task A_client_asks_on_the_connection_of_the_command()
    {
        await using var haproxy = Fake("3.2.0");
        var client = new RuntimeClient(haproxy.Endpoint);
        (await client.ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel)).ShouldBe("del server b/s\n");
        (haproxy.Received, haproxy.Connections).ShouldBe(("prompt\nshow info\ndel server b/s\nquit\n", 1));
    }

    [Fact]
    public async Task Trouble_with_the_version_leaves_no_doubt_about_the_command()
    {
        await using var haproxy = Fake("3.2.0");
        haproxy.CutsAfter = 20;
        var e = await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(haproxy.Endpoint).ExecuteAsync(RuntimeCommand.DeleteServer("b", "s"), Cancel));
        (e.Error, e.Command, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.CutShort, RuntimeCommand.ShowInfo, false));
        haproxy.Received.ShouldNotContain("del server");
    }

    [Theory, EveryHaproxy]
    public async Task The_real_ones_get_what_they_have(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: Cancel);
        foreach (var api in (RuntimeApi[])[session, new RuntimeClient(haproxy.ApiEndpoint)])
        {
            var capabilities = await api.CapabilitiesAsync(Cancel);
            capabilities.Version.Branch.ShouldBe(HaproxyVersion.Parse(version).Branch);
            await SentAsync(api, "wait 1ms", capabilities.Can(HaproxyFeature.Wait), "Done.\n");
            await SentAsync(api, "set maxconn frontend db 100", capabilities.Can(HaproxyFeature.SetFrontendMaxconn), "");
            await SentAsync(api, "del server db_servers/nope", capabilities.Can(HaproxyFeature.DeleteServer), "No such server.\n");
            await SentAsync(api, "publish backend db_servers", false, "");
        }

        static async Task SentAsync(RuntimeApi api, string text, bool sent, string answer)
        {
            if (sent)
            {
                (await api.ExecuteAsync(RuntimeCommand.Raw(text), Cancel)).TrimStart('\n').ShouldBe(answer);
            }
            else
            {
                (await Should.ThrowAsync<RuntimeApiException>(() => api.ExecuteAsync(RuntimeCommand.Raw(text), Cancel))).Error.ShouldBeOneOf(RuntimeApiError.NotSupported, RuntimeApiError.Dangerous);
            }
        }
    }

    private static FakeHaproxy Fake(string version) => new()
    {
        Answers = command => command switch
        {
            "show info" => $"Version: {version}\nPid: 1\nUptime_sec: 1\nMaxconn: 10\nCurrConns: 1\n",
            "experimental-mode on" => "",
            "add server b/s 127.0.0.1:1" => "New server registered.\n",
            _ => command + "\n",
        },
    };

    private static async Task OnEachAsync(string version, Func<FakeHaproxy, RuntimeApi, Task> test, RuntimeOptions? options = null)
    {
        await using var one = Fake(version);
        await test(one, new RuntimeClient(one.Endpoint, options));
        await using var other = Fake(version);
        await using var session = await RuntimeSession.OpenAsync(other.Endpoint, options, Cancel);
        await test(other, session);
    }
}
