namespace DbSwitch.Tests.ProxyHost;

/// <summary>SIGHUP: the configuration is read again.</summary>
public sealed class HostReloadTests
{
    [Theory, EveryHaproxy]
    public async Task A_changed_configuration_reloads_HAProxy_and_keeps_its_master(string version)
    {
        await using var host = await HostUnderTest.StartAsync(version);
        var (before, master, worker) = (host.Status!, host.Master, host.Worker);

        host.MaxConnections = 123;
        host.WriteConfiguration();
        before.Host.Signal(1);
        await Wire.UntilAsync(() => host.Status!.ConfigurationHash != before.ConfigurationHash, "it was not reloaded");

        host.Master.ShouldBe(master);
        await Until.TrueAsync("the new worker to have the socket alone", async () => (await host.AdminAsync("show info")).Contains("Maxconn: 123\n", StringComparison.Ordinal));
        (await Wire.StatisticsAsync(host.StatisticsPort)).ShouldContain("200 OK");
        await Wire.UntilAsync(() => !worker.IsAlive, "the old worker is still there");
    }

    [Fact]
    public async Task A_bad_configuration_is_refused_and_the_old_one_kept()
    {
        await using var host = new HostUnderTest();
        var process = host.Start();
        await host.UntilRunningAsync();
        var (before, family, text) = (host.Status!, host.Family, File.ReadAllText(host.Run.Configuration));

        host.Extra = Path.Combine(host.ListenDirectory, "more.cfg");
        File.WriteAllText(host.Extra, "nonsense\n");
        host.WriteConfiguration();
        before.Host.Signal(1);
        await SaysAsync(process, "the new configuration was refused, and HAProxy runs on with the old one");

        File.ReadAllText(host.Run.Configuration).ShouldBe(text);
        host.Status.ShouldNotBeNull().ConfigurationHash.ShouldBe(before.ConfigurationHash);
        host.Family.ShouldBe(family);
    }

    [Fact]
    public async Task Nothing_new_reloads_nothing()
    {
        await using var host = new HostUnderTest();
        var process = host.Start();
        await host.UntilRunningAsync();
        var family = host.Family;

        host.Status!.Host.Signal(1);
        await SaysAsync(process, "nothing in HAProxy's part has changed");

        host.Family.ShouldBe(family);
    }

    [Fact]
    public async Task The_command_waits_for_the_reload_and_says_what_was_done()
    {
        await using var host = await HostUnderTest.StartAsync();

        (await ReloadAsync(host)).ShouldBe((0, "local: nothing in HAProxy's part has changed.\n"));

        host.MaxConnections = 123;
        host.WriteConfiguration();
        (await ReloadAsync(host)).ShouldBe((0, "local: HAProxy was reloaded with the new configuration; open sessions stay with its old worker.\n"));
        (await host.AdminAsync("show info")).ShouldContain("Maxconn: 123\n");
    }

    [Fact]
    public async Task The_command_fails_when_the_reload_was_refused_and_says_why()
    {
        await using var host = await HostUnderTest.StartAsync();
        host.Extra = Path.Combine(host.ListenDirectory, "more.cfg");
        File.WriteAllText(host.Extra, "nonsense\n");
        host.WriteConfiguration();

        var (exitCode, said) = await ReloadAsync(host);

        exitCode.ShouldBe(1);
        said.ShouldStartWith("local: the new configuration was refused, and HAProxy runs on with the old one: ");
        said.ShouldContain("unknown keyword 'nonsense'");
    }

    [Fact]
    public async Task A_file_with_a_mistake_fails_the_command_before_the_host_hears_of_it()
    {
        await using var host = await HostUnderTest.StartAsync();
        File.AppendAllText(host.ConfigurationFile, "\nnonsense: 1\n");

        var (exitCode, said) = await ReloadAsync(host);

        exitCode.ShouldBe(2);
        said.ShouldContain("nonsense");
        host.Status!.Reloads.ShouldBe(0);
    }

    [Fact]
    public async Task The_command_fails_where_no_host_runs_and_says_how_to_start_it()
    {
        await using var host = new HostUnderTest();
        host.WriteConfiguration();

        (await ReloadAsync(host)).ShouldBe((1, "local is not reloaded: its host does not run. Start it: systemctl start dbswitch-proxy-host@local, or dbswitch serve, which starts it where systemd does not.\n"));
    }

    private static Task<(int ExitCode, string Said)> ReloadAsync(HostUnderTest host) => host.CommandAsync("proxies", "reload", HostUnderTest.Name);

    private static async Task SaysAsync(System.Diagnostics.Process process, string words)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(15));
        while (!(await process.StandardOutput.ReadLineAsync(limit.Token)).ShouldNotBeNull().Contains(words, StringComparison.Ordinal))
        {
        }
    }
}
