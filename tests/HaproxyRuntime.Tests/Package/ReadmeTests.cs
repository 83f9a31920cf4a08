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
        compiled.Count.ShouldBe(5);
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

        (await ServersAsync()).ShouldBe(["app1"]);

        (await ReadmeExamples.FailAsync(api)).ShouldBe("done");
        haproxy.Freeze();
        (await ReadmeExamples.FailAsync(new RuntimeClient(haproxy.ApiEndpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromMilliseconds(100) }))).ShouldStartWith("unknown: ");
        haproxy.Thaw();
        await haproxy.KillAsync();
        (await ReadmeExamples.FailAsync(api)).ShouldStartWith("later: ");
    }

    private static string Unindented(string code) => string.Concat(code.Split('\n').SkipLast(1).Select(line => (line.Length > 8 ? line[8..] : "") + "\n"));

    [GeneratedRegex("// example: [^\n]*\n(?<code>.*?) *// end\n", RegexOptions.Singleline)]
    private static partial Regex Example { get; }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block { get; }
}
