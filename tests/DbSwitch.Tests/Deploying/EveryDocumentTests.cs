using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using DbSwitch.App.CommandLine;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.Tests.Deploying;

/// <summary>What holds for every document, also one that is written tomorrow: what it shows is read by the product's own readers. What the commands do is shown by each page's own tests.</summary>
public sealed partial class EveryDocumentTests
{
    // Programs of the system, and what runs their lines: the tests of compose, packages, units, keepalived and the API.
    private static readonly string[] s_systems = ["apt", "curl", "docker", "install", "runuser", "systemctl", "useradd", "usermod"];

    // What a piece of a file leaves out, and the reader's own files that it names; nothing else of it may be wrong.
    private static readonly string[] s_ofAPiece = ["is missing", "does not exist"];

    public static TheoryData<string> Documents => [.. ShownDocument.All.Select(document => document.Path)];

    [Theory, MemberData(nameof(Documents))]
    public void Every_configuration_is_read_without_a_complaint(string path)
    {
        foreach (var (language, content) in new ShownDocument(path).Blocks.Where(block => block.Language is "yaml" or "text" or ""))
        {
            // Also where the block does not say that it is one: its first line is a key of dbswitch.yaml. Prometheus's own is read by promtool (Telemetry.DeployedTests).
            if (TopKey().IsMatch(content))
            {
                var read = ConfigurationFile.Read(Encoding.UTF8.GetBytes(content), "dbswitch.yaml", _ => "secret", DatabaseKinds.Known.Binders);
                read.Problems.Select(problem => problem.ToString()).Where(problem => !IsOfAPiece(problem)).ShouldBeEmpty($"{path} shows:\n{content}");
            }
            else
            {
                (language == "yaml" && !content.StartsWith("scrape_configs:", StringComparison.Ordinal)).ShouldBeFalse($"{path} shows what nothing reads:\n{content}");
            }
        }
    }

    [Theory, MemberData(nameof(Documents))]
    public void Every_command_is_one_that_there_is(string path)
    {
        var document = new ShownDocument(path);
        var folder = "";
        foreach (var command in document.Commands)
        {
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "cd":
                    folder = words[1];
                    Directory.Exists(InCheckout(folder)).ShouldBeTrue($"{path}: {command}");
                    break;
                case "cp":
                    // What init wrote is on the reader's machine.
                    words[1..^1].Where(file => !file.StartsWith('/') && !file.StartsWith('-')).ShouldAllBe(file => File.Exists(InCheckout(file)), $"{path}: {command}");
                    break;
                case var program when program.StartsWith("./", StringComparison.Ordinal):
                    File.Exists(Path.Combine(InCheckout(folder), program)).ShouldBeTrue($"{path}: {command}");
                    break;
                case "dbswitch":
                    break;
                default:
                    s_systems.ShouldContain(words[0], $"{path}: {command}");
                    OurUnit().Matches(command).Select(unit => unit.Groups[1].Value + unit.Groups[2].Value + unit.Groups[3].Value)
                        .ShouldAllBe(unit => File.Exists(InCheckout($"deploy/systemd/{unit}")), $"{path}: {command}");
                    break;
            }

            if (Ours().Match(command) is { Success: true } ours)
            {
                ErrorsOf(ours.Value).ShouldBeEmpty($"{path}: {command}");
            }
        }

        // In a sentence a command may stand for itself, without what it needs.
        foreach (var command in document.CodeInSentences.Where(code => code.StartsWith("dbswitch ", StringComparison.Ordinal) || code.StartsWith("./dbswitch ", StringComparison.Ordinal)))
        {
            foreach (var one in Alternatives(command.TrimStart('.', '/')))
            {
                Parsed(one).UnmatchedTokens.ShouldBeEmpty($"{path}: {command}");
            }
        }
    }

    [Theory, MemberData(nameof(Documents))]
    public void Every_file_that_is_named_is_there(string path)
    {
        foreach (var named in new ShownDocument(path).CodeInSentences.Where(code => InFolder().IsMatch(code)))
        {
            Path.Exists(InCheckout(named.TrimEnd('/'))).ShouldBeTrue($"{path} names {named}");
        }
    }

    [Theory, MemberData(nameof(Documents))]
    public void Every_link_leads_somewhere(string path)
    {
        var document = new ShownDocument(path);
        foreach (var (file, anchor) in document.Links)
        {
            var target = file.Length == 0 ? path : document.Near(file);
            Path.Exists(InCheckout(target)).ShouldBeTrue($"{path} links to {file}");
            if (anchor.Length > 0)
            {
                new ShownDocument(target).Anchors.ShouldContain(anchor, $"{path} links to {file}#{anchor}");
            }
        }
    }

    // docs/architecture.md says why. The library's own page speaks of HAProxy in general.
    [Fact]
    public void Every_backend_that_is_shown_or_deployed_has_balance_first()
    {
        var shown = ShownDocument.All.SelectMany(document => document.Blocks.Select(block => (document.Path, block.Content)));
        var deployed = Directory.GetFiles(InCheckout("deploy"), "*.cfg", SearchOption.AllDirectories).Select(file => (Path.GetFileName(file), File.ReadAllText(file)));

        var balances = shown.Concat(deployed).SelectMany(one => Balance().Matches(one.Item2).Select(balance => $"{one.Item1}: {balance.Groups[1].Value}")).ToList();

        balances.Count.ShouldBeGreaterThan(3);
        balances.ShouldAllBe(balance => balance.EndsWith(": first", StringComparison.Ordinal));
    }

    [Fact]
    public void They_are_all_looked_at()
    {
        ShownDocument.All.Count.ShouldBeGreaterThan(20);
        ShownDocument.All.Sum(document => document.Commands.Count()).ShouldBeGreaterThan(60);
        ShownDocument.All.Sum(document => document.Links.Count()).ShouldBeGreaterThan(60);
        ErrorsOf("dbswitch select db2 --drian 5").ShouldNotBeEmpty();
        ErrorsOf("dbswitch selct db2").ShouldNotBeEmpty();
    }

    private static IEnumerable<string> ErrorsOf(string command) => Parsed(command).Errors.Select(error => error.Message);

    private static ParseResult Parsed(string command) => Root.Build().Parse(Substitution().Replace(command.Replace(" …", "", StringComparison.Ordinal)["dbswitch".Length..], "word"));

    // "token add|list" is two.
    private static IEnumerable<string> Alternatives(string command)
    {
        var several = command.Split(' ').FirstOrDefault(word => word.Contains('|', StringComparison.Ordinal));
        return several is null ? [command] : several.Split('|').Select(one => command.Replace(several, one, StringComparison.Ordinal));
    }

    private static bool IsOfAPiece(string problem) => s_ofAPiece.Any(part => problem.EndsWith(part, StringComparison.Ordinal));

    private static string InCheckout(string path) => Path.Combine(Checkout.Root, path);

    [GeneratedRegex("^(state|listen|telemetry|proxies|switches|webhooks|hooks):")]
    private static partial Regex TopKey();

    [GeneratedRegex(@"\b((?:dbswitch|haproxy-db)(?:-proxy-host)?)(@)?[a-z-]*(\.(?:service|socket))")]
    private static partial Regex OurUnit();

    // What the shell puts in.
    [GeneratedRegex(@"\$\([^)]*\)")]
    private static partial Regex Substitution();

    [GeneratedRegex("^ *balance (.*)$", RegexOptions.Multiline)]
    private static partial Regex Balance();

    // At the start, or in the manager's container.
    [GeneratedRegex(@"(?<=^|db-proxy-man |-u dbswitch -- )dbswitch .*$")]
    private static partial Regex Ours();

    [GeneratedRegex("^(docs|deploy|src|tests|scripts|samples|bench|benchmarks|demo)/[^ *…]*$")]
    private static partial Regex InFolder();
}
