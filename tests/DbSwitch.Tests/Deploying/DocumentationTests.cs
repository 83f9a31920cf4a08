using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DbSwitch.App.Init;
using HaproxyRuntime;

namespace DbSwitch.Tests.Deploying;

/// <summary>What the pages for operators show is there, and does what they say. docs/getting-started-compose.md has a test of its own, which runs it.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private readonly string _folder = $"/tmp/dbsd-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    public DocumentationTests() => Directory.CreateDirectory(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("getting-started.md")]
    [InlineData("operating.md")]
    [InlineData("haproxy.md")]
    [InlineData("command-line.md")]
    public async Task Every_command_that_a_page_shows_is_one(string page)
    {
        foreach (var command in new ShownCommands(page).All)
        {
            if (command.StartsWith("dbswitch ", StringComparison.Ordinal))
            {
                await UnderstandsAsync(command["dbswitch ".Length..]);
            }
            else if (command.StartsWith("cp ", StringComparison.Ordinal))
            {
                foreach (var file in command.Split(' ')[1..^1].Where(file => !file.StartsWith('/') && !file.StartsWith('-')))
                {
                    File.Exists(Path.Combine(Checkout.Root, file)).ShouldBeTrue(command);
                }
            }
            else
            {
                // The system's own, which change it: tests of the packages, the units and keepalived do what they do.
                command.Split(' ')[0].ShouldBeOneOf("apt", "runuser", "systemctl");
                Unit().Matches(command).Select(match => match.Groups[1].Value + match.Groups[2].Value + ".service").ShouldAllBe(unit => File.Exists(Path.Combine(Checkout.Root, "deploy", "systemd", unit)));
            }
        }
    }

    [Theory]
    [InlineData("deploy/systemd/haproxy-db.cfg")]
    [InlineData("deploy/docker/proxy/haproxy.cfg")]
    public void The_companions_lines_in_a_written_file_are_those_that_a_managed_proxy_gets(string file)
    {
        var written = Comparable(File.ReadAllText(Path.Combine(Checkout.Root, file)));
        var made = Comparable(HaproxyText.Additions(new InitAnswers
        {
            Haproxy = InitHaproxy.Existing, Targets = new Dictionary<string, HostPort>().ToList(), Switch = "db", Clients = ":1", Frontend = "db", Backend = "db_servers", Places = HaproxyPlaces.In("/run"), Script = "/dbswitch.lua",
        }));

        made.Where(line => line.Contains("dbswitch", StringComparison.Ordinal) || line.Contains("SOCKET", StringComparison.Ordinal) || line.Contains("again", StringComparison.Ordinal))
            .Count(line => written.ShouldContainLine(line, file)).ShouldBe(8);
    }

    [Fact]
    public void What_the_page_about_HAProxy_recommends_is_what_we_deploy()
    {
        var recommended = Recommended().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "haproxy.md")).Split("## What must not be there")[0]).SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(code => code.Groups[1].Value)
            .Where(line => line.StartsWith("option", StringComparison.Ordinal) || line.StartsWith("timeout", StringComparison.Ordinal) || line.StartsWith("retries", StringComparison.Ordinal) || line.StartsWith("stats t", StringComparison.Ordinal)).ToList();

        recommended.Count.ShouldBeGreaterThan(7);
        var deployed = File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "docker", "proxy", "haproxy.cfg"));
        recommended.ShouldAllBe(line => deployed.Contains($"    {line}\n", StringComparison.Ordinal));
    }

    [Theory, EveryHaproxy]
    public async Task HAProxy_takes_what_the_first_page_shows(string version)
    {
        var file = Path.Combine(_folder, "haproxy.cfg");
        var shown = new ShownDocument("README.md").Blocks.Select(block => block.Content).Single(content => content.StartsWith("global\n", StringComparison.Ordinal));
        await File.WriteAllTextAsync(file, shown.Replace("ipv4@db-proxy", "ipv4@127.0.0.1", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        // Throws with what it says when it is not content.
        await Shell.RunAsync(HaproxyBinary.For(version), "-c", "-f", file);
    }

    // Understood, and then in need of a manager or a file: not exit code 2 for the command line.
    private async Task UnderstandsAsync(string arguments)
    {
        if (!File.Exists(Path.Combine(_folder, "dbswitch.yaml")))
        {
            (await Dbswitch.RunAsync("init", "--folder", _folder, "--target", "db1=127.0.0.1:1")).ShouldBe(0);
        }

        var here = arguments.Replace("/etc/dbswitch", Path.Combine(_folder, "new" + Guid.NewGuid().ToString("N")), StringComparison.Ordinal);
        if (arguments.StartsWith("doctor --haproxy-cfg ", StringComparison.Ordinal))
        {
            // It looks at the file without a manager, too; at ours, which this machine has for certain.
            var looked = await Dbswitch.RunAsync("doctor", "--haproxy-cfg", Path.Combine(Checkout.Root, "deploy", "systemd", "haproxy-db.cfg"), "--server", $"unix:{_folder}/nobody.sock");
            looked.ShouldBe(0, "note: the manager: was not asked");
            return;
        }

        var where = arguments.StartsWith("init", StringComparison.Ordinal) ? "" : arguments.StartsWith("check-config", StringComparison.Ordinal) ? $"--config {_folder}/dbswitch.yaml" : $"--server unix:{_folder}/nobody.sock";
        var end = await Dbswitch.RunAsync(["bash", "-c", $"{Dbswitch.Path} {here} {where}", "--"], []);
        end.ExitCode.ShouldBe(where.StartsWith("--server", StringComparison.Ordinal) && !arguments.StartsWith("completion", StringComparison.Ordinal) ? 4 : 0, $"dbswitch {arguments}: {end.Output}{end.Error}");
    }

    private static HashSet<string> Comparable(string text) =>
        [.. text.Split('\n').Select(line => Socket().Replace(line.Trim(), "SOCKET").Replace("61000ms", "61s", StringComparison.Ordinal)).Where(line => !line.StartsWith('#') && !line.StartsWith("lua-load", StringComparison.Ordinal) && !line.StartsWith("setenv", StringComparison.Ordinal))];

    [GeneratedRegex(@"unix@\S+")]
    private static partial Regex Socket();

    [GeneratedRegex(@"(dbswitch(?:-proxy-host)?)(@)?[a-z-]*\.service")]
    private static partial Regex Unit();

    [GeneratedRegex(@"^\| (`.*?`) \|", RegexOptions.Multiline)]
    private static partial Regex Recommended();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}

file static class Lines
{
    public static bool ShouldContainLine(this HashSet<string> lines, string line, string file)
    {
        lines.Contains(line).ShouldBeTrue($"{file} lacks: {line}");
        return true;
    }
}
