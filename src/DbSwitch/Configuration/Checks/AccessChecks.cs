using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Checks;

/// <summary>Who may ask over TCP: what other machines reach must be able to tell people apart.</summary>
internal static class AccessChecks
{
    public static void Run(ListenConfiguration listen, ProblemList problems)
    {
        var path = NodePath.Root["listen"];
        if (!listen.IsLoopback && listen.Everybody is not true && listen.TokenFile is null && listen.Tls?.ClientCa is null)
        {
            problems.Add(path["http"], $"{listen.Http} can be reached from other machines, and nothing says who may: add \"tokens\" (a file, see \"dbswitch token\") or \"tls\" with \"clientCa\", or \"everybody: look\", or listen at 127.0.0.1:{listen.Http!.Port}");
        }

        if (listen.Http is null && listen.Tls is not null)
        {
            problems.Add(path["tls"], "is for \"http\", which is not there");
        }

        foreach (var name in listen.Names.Where(n => n.Length > 0 && Hosts.FindProblem(n) is not null))
        {
            problems.Add(path["names"], $"{Shown.Quote(name)} {Hosts.FindProblem(name)}");
        }
    }
}
