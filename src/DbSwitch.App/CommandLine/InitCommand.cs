using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Init;
using DbSwitch.Doctoring;
using DbSwitch.Files;
using HaproxyRuntime;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch init</c>: a first configuration, from options or from a conversation.</summary>
internal static partial class InitCommand
{
    private const string UsualCfg = "/etc/haproxy/haproxy.cfg";

    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var targets = new Option<string[]>("--target") { Description = "A database that may be selected: NAME=HOST:PORT or HOST:PORT; again for each. Asked for at a terminal", HelpName = "NAME=HOST:PORT" };
        var kind = new Option<string?>("--kind") { Description = "What the databases are: postgres, mysql or redis (roles and lag are known, and select promotes), or tcp for anything else. Asked for at a terminal", HelpName = "KIND" };
        kind.AcceptOnlyFromAmong("postgres", "mysql", "redis", "tcp");
        var clients = new Option<string>("--clients") { Description = "Where HAProxy listens for clients", HelpName = "ADDRESS", DefaultValueFactory = _ => "0.0.0.0:8320" };
        var managed = new Option<bool>("--managed") { Description = "dbswitch runs HAProxy itself: no haproxy.cfg is needed" };
        var existing = new Option<bool>("--existing") { Description = "HAProxy runs already: write its haproxy.cfg with the lines that it needs, or print them where it is not to be had" };
        var print = new Option<bool>("--print") { Description = "Only print the lines that an existing haproxy.cfg needs; write nothing" };
        var frontend = new Option<string>("--frontend") { Description = "HAProxy's frontend for the clients", HelpName = "NAME", DefaultValueFactory = _ => "db" };
        var backend = new Option<string>("--backend") { Description = "HAProxy's backend that this switch is to own", HelpName = "NAME", DefaultValueFactory = _ => "db_servers" };
        var cfg = new Option<string?>("--haproxy-cfg") { Description = "With --existing or --print: the haproxy.cfg of the HAProxy that runs (default: /etc/haproxy/haproxy.cfg where it is there); none is read with \"none\"", HelpName = "FILE" };
        var run = new Option<string>("--run") { Description = "Where HAProxy has its sockets", HelpName = "FOLDER", DefaultValueFactory = _ => "/run/haproxy" };
        var folder = new Option<string>("--folder") { Description = "Where to write", HelpName = "FOLDER", DefaultValueFactory = _ => "." };
        var force = new Option<bool>("--force") { Description = "Replace files that are there" };
        var command = new Command("init", "Write a first dbswitch.yaml and haproxy.cfg, with comments") { targets, kind, clients, managed, existing, print, frontend, backend, cfg, run, folder, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(managed) && (result.GetValue(existing) || result.GetValue(print)))
            {
                result.AddError("A managed HAProxy is not one that exists already: say --managed, or --existing or --print.");
            }
        });
        foreach (var name in (Option<string>[])[frontend, backend])
        {
            name.Validators.Add(result =>
            {
                if (!HaproxyName().IsMatch(result.GetValue(name)!))
                {
                    result.AddError($"{name.Name}: HAProxy's names are made of letters, digits, _, :, . and -.");
                }
            });
        }

        clients.Validators.Add(result =>
        {
            // As in dbswitch.yaml: a port alone, or behind a star, means all addresses.
            var text = result.GetValue(clients)!.TrimStart('*');
            if (!HostPort.TryParse(text.StartsWith(':') ? "0.0.0.0" + text : text, out _, out var problem))
            {
                result.AddError($"--clients: \"{text}\" {problem}.");
            }
        });
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(targets) ?? [];
            var asks = given.Length == 0 && !parsed.GetValue(print) && !Console.IsInputRedirected;
            var questions = new InitQuestions(Console.In, Console.Out);
            var whose = parsed.GetValue(managed) ? InitHaproxy.Managed : parsed.GetValue(existing) || parsed.GetValue(print) ? InitHaproxy.Existing : InitHaproxy.New;
            var runFolder = Path.GetFullPath(parsed.GetValue(run)!);
            var text = whose == InitHaproxy.Existing ? TextOf(parsed.GetValue(cfg)) : null;
            if (text is not null)
            {
                ExpectThere(text, "frontend", parsed.GetResult(frontend), parsed.GetValue(frontend)!);
                ExpectThere(text, "backend", parsed.GetResult(backend), parsed.GetValue(backend)!);
            }

            var service = parsed.GetResult(run) is { Implicit: false } ? null : HaproxyService.Find();
            var databases = asks ? questions.AskTargets() : TargetsOf(given);
            var answers = new InitAnswers
            {
                Haproxy = whose,
                Places = text is null ? HaproxyPlaces.In(runFolder) : HaproxyPlaces.Of(runFolder, HaproxyFile.Parse(text), service),
                ExistingText = text,
                Targets = databases,
                Kind = parsed.GetValue(kind) ?? (asks && databases.Count > 0 ? questions.AskKind(databases) : "tcp"),
                Switch = parsed.GetValue(common.Switch) ?? "db",
                Clients = asks && parsed.GetResult(clients) is not { Implicit: false } ? questions.Ask("Where HAProxy listens for clients", parsed.GetValue(clients)!) : parsed.GetValue(clients)!,
                Frontend = parsed.GetValue(frontend)!,
                Backend = parsed.GetValue(backend)!,
                Script = Path.GetFullPath(Path.Combine(parsed.GetValue(folder)!, "dbswitch.lua")),
            };
            if (parsed.GetValue(print))
            {
                Console.Write(HaproxyText.Additions(answers));
                return ExitCode.Done;
            }

            if (answers.Targets.Count == 0)
            {
                throw new CommandException(ExitCode.Usage, "Which databases? Say --target NAME=HOST:PORT for each, as in: dbswitch init --target db1=10.0.0.11:5432 --target db2=10.0.0.12:5432");
            }

            InitProgram.Write(answers, parsed.GetValue(folder)!, parsed.GetValue(force), Console.Out);
            return ExitCode.Done;
        });
        root.Add(command);
    }

    private static string? TextOf(string? file)
    {
        var path = file ?? UsualCfg;
        if (file == "none" || (file is null && !File.Exists(UsualCfg)))
        {
            return null;
        }

        try
        {
            return FileFacts.NotRegular(path) is { } other ? throw new CommandException(ExitCode.Usage, $"{path} {other}.") : File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{path} can't be read: {e.Message}", e);
        }
    }

    /// <summary>Who names a section where there are some means one of them: beside a slip, a new one would take the clients' place in vain.</summary>
    private static void ExpectThere(string text, string kind, OptionResult? given, string name)
    {
        var there = HaproxyFile.Parse(text).Sections.Where(s => s.Kind == kind || s.Kind == "listen").Select(s => s.Name).ToList();
        if (given is { Implicit: false } && there.Count > 0 && !there.Contains(name))
        {
            throw new CommandException(ExitCode.Usage, $"--{kind}: the haproxy.cfg that is read has no {kind} \"{name}\"; it has {string.Join(", ", there)}. Name one of them, or leave --{kind} out to have one added.");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_:.-]+$")]
    private static partial Regex HaproxyName();

    private static List<KeyValuePair<string, HostPort>> TargetsOf(string[] words)
    {
        var targets = new List<KeyValuePair<string, HostPort>>();
        foreach (var word in words)
        {
            targets.Add(InitQuestions.TargetOf(word, targets.Count + 1, out var problem) ?? throw new CommandException(ExitCode.Usage, $"--target {word}: {problem}"));
        }

        return targets;
    }
}
