using System.CommandLine;
using DbSwitch.App.Client;
using DbSwitch.App.ExitCodes;
using DbSwitch.Configuration.Values;

namespace DbSwitch.App.CommandLine;

/// <summary>Options that every command takes.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Config { get; } = new("--config") { Description = "The configuration file (default: ./dbswitch.yaml, then /etc/dbswitch/dbswitch.yaml)", HelpName = "FILE", Recursive = true };

    public Option<string?> Server { get; } = new("--server") { Description = "Where the manager listens: unix:/path or http://host:port (also: DBSWITCH_SERVER)", HelpName = "ADDRESS", Recursive = true };

    public Option<string?> Switch { get; } = new("--switch") { Description = "Which switch, where there is more than one", HelpName = "NAME", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON", Recursive = true };

    public void AddTo(RootCommand root)
    {
        root.Add(Config);
        root.Add(Server);
        root.Add(Switch);
        root.Add(Json);
    }

    public ManagerClient Connect(ParseResult parsed) => new(ManagerAddress.Find(parsed.GetValue(Server), parsed.GetValue(Config)));

    /// <summary>All of it, or that of the switch that was named.</summary>
    public IReadOnlyList<T> OfSwitch<T>(ParseResult parsed, IReadOnlyList<T> all, Func<T, string> switchOf)
    {
        if (parsed.GetValue(Switch) is not { } name)
        {
            return all;
        }

        List<T> own = [.. all.Where(a => switchOf(a) == name)];
        return own.Count > 0 ? own : throw new CommandException(ExitCode.Usage, $"There is no switch {name}. The switches: {string.Join(", ", all.Select(switchOf).Distinct())}{Suggestion.AtEnd(name, all.Select(switchOf).Distinct())}");
    }

    /// <summary>The configuration file of a command that needs one.</summary>
    public string FileOf(ParseResult parsed) =>
        parsed.GetValue(Config)
        ?? ManagerAddress.UsualFiles.FirstOrDefault(File.Exists)
        ?? throw new CommandException(ExitCode.Usage, "There is no ./dbswitch.yaml and no /etc/dbswitch/dbswitch.yaml. Say --config FILE.");
}
