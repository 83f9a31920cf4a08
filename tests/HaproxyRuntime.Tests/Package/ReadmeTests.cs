using System.Net;
using System.Text.RegularExpressions;

namespace HaproxyRuntime.Tests.Package;

/// <summary>The README of the package: its examples are the ones that are compiled, and run here on a real HAProxy.</summary>
public sealed partial class ReadmeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_examples_are_the_compiled_ones_word_for_word()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "src", "HaproxyRuntime", "README.md"), Cancel);
        var source = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "tests", "HaproxyRuntime.Tests", "Package", "ReadmeExamples.cs"), Cancel);
        var compiled = Example.Matches(source).Select(match => Unindented(match.Groups["code"].Value)).ToList();
        compiled.Count.ShouldBe(6);
        Block.Matches(readme).Select(match => match.Groups["code"].Value).ShouldBe(compiled);
    }

    [Theory, EveryHaproxy]
    public async Task Its_examples_do_what_it_says(string version)
    {
        await using var database = new EchoDatabase("app7");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Frontend = ["use_backend app"],
            Sections = ["backend app", "    balance roundrobin", "    server app1 127.0.0.1:1 disabled"],
        });
        var address = haproxy.ApiEndpoint.ToString();
        var api = new RuntimeClient(haproxy.ApiEndpoint);
        async Task<string[]> ServersAsync() => [.. (await api.ShowServersStateAsync("app", Cancel)).Select(s => s.Name)];

        await ReadmeExamples.AskAsync(address);
        await ReadmeExamples.KeepOpenAsync(address);
        (await ReadmeExamples.AddAsync(address, IPEndPoint.Parse(database.Address))).ShouldBeTrue();
        (await ReadmeExamples.AddAsync(address, IPEndPoint.Parse(database.Address))).ShouldBeFalse();
        (await ServersAsync()).ShouldBe(["app1", "app7"]);

        // Draining waits for who is there.
        using (var client = new DbClient(haproxy.ClientPort))
        {
            (await client.AskAsync("who")).Line.ShouldNotBeNull().ShouldStartWith("app7");
            var drained = ReadmeExamples.DrainAsync(address);
            await Until.TrueAsync("the server to be in maintenance", async () => (await api.ShowServersStateAsync("app", Cancel))[1].InMaintenance);
            drained.IsCompleted.ShouldBeFalse();
            client.Dispose();
            await drained.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        }

        // 2.6.12 can crash over a deletion.
        (await ServersAsync()).ShouldBe(HaproxyBinary.CapabilitiesOf(version).Can(HaproxyFeature.DeleteServer) ? ["app1"] : ["app1", "app7"]);
        (await api.ShowServersStateAsync("app", Cancel)).ShouldAllBe(s => s.InMaintenance);

        var drain = RuntimeCommand.SetServerState("app", "app1", ServerStateRequest.Drain);
        (await ReadmeExamples.FailAsync(api, drain)).ShouldBe("done");
        haproxy.Freeze();
        (await ReadmeExamples.FailAsync(new RuntimeClient(haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromMilliseconds(100) }), drain)).ShouldStartWith("unknown: ");
        haproxy.Thaw();
        await haproxy.KillAsync();
        (await ReadmeExamples.FailAsync(api, drain)).ShouldStartWith("later: ");
    }

    [Theory, EveryHaproxy]
    public async Task Its_reload_ends_the_sessions_of_the_old_worker(string version)
    {
        await using var database = new EchoDatabase("app1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            MasterWorker = true,
            Frontend = ["use_backend app"],
            Sections = ["backend app", $"    server app1 {database.Address}"],
        });
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("who")).Line.ShouldBe("app1 who");
        (await ReadmeExamples.ReloadAsync(haproxy.MasterSocket.ToString())).ShouldBe(ReloadOutcome.Succeeded);
        (await client.AskAsync("who")).Reason.ShouldBe(NoAnswer.Closed);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "who")).Line.ShouldBe("app1 who");
    }

    [Fact]
    public async Task Its_way_with_failures_tells_a_refusal_by_version_from_the_rest()
    {
        await using var haproxy = new FakeHaproxy { Answers = _ => "Version: 2.6.12\nPid: 1\nUptime_sec: 1\nMaxconn: 1\nCurrConns: 0\n" };
        (await ReadmeExamples.FailAsync(new RuntimeClient(haproxy.Endpoint), RuntimeCommand.DeleteServer("app", "app1"))).ShouldStartWith("not here, but with 2.6.20: ");
    }

    private static string Unindented(string code) => string.Concat(code.Split('\n').SkipLast(1).Select(line => (line.Length > 8 ? line[8..] : "") + "\n"));

    [GeneratedRegex("// example: [^\n]*\n(?<code>.*?) *// end\n", RegexOptions.Singleline)]
    private static partial Regex Example { get; }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block { get; }
}
