using System.Globalization;

namespace HaproxyRuntime.Tests.Package;

/// <summary>The programs in samples/ do what they say, on a real HAProxy.</summary>
public sealed class SampleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, EveryHaproxy]
    public async Task Who_is_connected(string version)
    {
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server one {database.Address}"] });
        using var client = new DbClient(haproxy.ClientPort);
        await client.AskAsync("here I am");

        var output = await RunAsync("who-is-connected", $"{haproxy.ApiEndpoint}", "db_servers");
        output.ShouldContain("127.0.0.1:");
        output.ShouldContain("db_servers/one");
        output.ShouldContain("Established");
        output.ShouldContain("1 connected, 0 of them not at a server yet");
        (await RunAsync("who-is-connected", $"{haproxy.ApiEndpoint}", "elsewhere")).ShouldContain("0 connected");
    }

    [Theory, EveryHaproxy]
    public async Task Replace_a_server(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await haproxy.SendAsync($"add server db_servers/old {db1.Address}");
        await haproxy.SendAsync("set server db_servers/old state ready");
        var client = new DbClient(haproxy.ClientPort);
        await client.AskAsync("a long session");

        using var sample = Dotnet.Start(Checkout.Root, Dotnet.Built("replace-server"), $"{haproxy.ApiEndpoint}", "db_servers", "old", "new", db2.Address);
        string? line;
        do
        {
            line = await sample.StandardOutput.ReadLineAsync(Cancel);
        }
        while (line is not (null or "1 still at db_servers/old"));

        // The old one's session lives, and a new client goes to the new one.
        line.ShouldNotBeNull();
        (await client.AskAsync("still there")).Line.ShouldNotBeNull().ShouldStartWith("db1");
        using (var other = new DbClient(haproxy.ClientPort))
        {
            (await other.AskAsync("who")).Line.ShouldNotBeNull().ShouldStartWith("db2");
        }

        client.Dispose();
        var end = await sample.StandardOutput.ReadToEndAsync(Cancel);
        await sample.WaitForExitAsync(Cancel);
        sample.ExitCode.ShouldBe(0);
        end.ShouldContain(", db_servers/new serves at " + db2.Address);
        var servers = (await new RuntimeClient(haproxy.ApiEndpoint).ShowServersStateAsync("db_servers", Cancel)).ToDictionary(s => s.Name);
        if (!HaproxyBinary.CapabilitiesOf(version).Can(HaproxyFeature.DeleteServer))
        {
            // 2.6.12 can crash over a deletion.
            end.ShouldContain("db_servers/old stays in maintenance (\"del server\" can crash this version");
            servers["old"].InMaintenance.ShouldBeTrue();
        }
        else
        {
            end.ShouldContain("db_servers/old is gone");
            servers.Keys.ShouldBe(["new"]);
        }
    }

    [Theory, EveryHaproxy]
    public async Task Replace_a_server_that_the_configuration_holds_on_to(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = ["use-server old if FALSE", $"server old {db1.Address}"] });
        var output = await RunAsync("replace-server", $"{haproxy.ApiEndpoint}", "db_servers", "old", "new", db2.Address);
        output.ShouldContain("db_servers/old stays in maintenance (" + (HaproxyBinary.CapabilitiesOf(version).Can(HaproxyFeature.DeleteServer) ? "This server cannot be removed at runtime due to other configuration elements pointing to it" : "\"del server\" can crash"));
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "who")).Line.ShouldBe("db2 who");
    }

    [Fact]
    public async Task Watch_a_proxy_through_its_restart_and_its_reload()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { MasterWorker = true, Backend = ["server one 127.0.0.1:1"] });
        using var sample = Dotnet.Start(Checkout.Root, Dotnet.Built("watch-proxy"), $"{haproxy.ApiEndpoint}");
        try
        {
            async Task SaysAsync(string words)
            {
                string? line;
                do
                {
                    line = await sample.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);
                }
                while (line?.Contains(words, StringComparison.Ordinal) == false);
                line.ShouldNotBeNull();
            }

            await SaysAsync("0 connections, 1 of 1 servers up");
            await haproxy.KillAsync();
            await SaysAsync("gone: ");
            await haproxy.RestartAsync();
            await SaysAsync(string.Create(CultureInfo.InvariantCulture, $"process {haproxy.WorkerPids[0]}"));
            await haproxy.ReloadAsync();
            await SaysAsync("reloaded");
            await SaysAsync("1 of 1 servers up");
        }
        finally
        {
            sample.Kill();
            await sample.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("who-is-connected")]
    [InlineData("replace-server")]
    [InlineData("watch-proxy")]
    public async Task Each_says_how_it_is_used_and_is_short(string sample)
    {
        var (exitCode, output) = await Dotnet.TryAsync(Checkout.Root, Dotnet.Built(sample), "nonsense");
        (exitCode, output).ShouldBe((2, output));
        output.ShouldStartWith("usage: " + sample);
        (await File.ReadAllLinesAsync(Path.Combine(Checkout.Root, "samples", sample, "Program.cs"), Cancel)).Length.ShouldBeLessThanOrEqualTo(80);
    }

    private static Task<string> RunAsync(string sample, params string[] arguments) => Dotnet.RunAsync(Checkout.Root, [Dotnet.Built(sample), .. arguments]);
}
