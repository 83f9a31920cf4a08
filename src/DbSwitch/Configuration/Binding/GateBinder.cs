using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;
using HaproxyRuntime;

namespace DbSwitch.Configuration.Binding;

/// <summary>One entry of a switch's <c>gates</c>.</summary>
internal static class GateBinder
{
    private static readonly Func<string, Converted<TimeSpan>> Pause = Durations.Between(TimeSpan.Zero, TimeSpan.FromSeconds(60));

    /// <returns>Null when it is no map.</returns>
    public static GateConfiguration? Bind(string name, Node node, Reading reading)
    {
        if (Section.Open(node, Keys.Gate, reading) is not { } section)
        {
            return null;
        }

        var (address, socket) = section.Required("pgbouncer", Where, (new HostPort("", 0), null));
        var bound = new GateConfiguration(
            name,
            address,
            section.Required("user", Names.Reference, ""),
            section.OptionalOrNull<Secret>("password", text => new Secret(text)),
            section.Required("database", Names.Reference, ""));
        return bound with
        {
            SocketFile = socket,
            Tls = section.Optional("tls", LoginKeys.Tls, bound.Tls),
            AuthorityFile = section.OptionalOrNull("ca", Paths.FileIn(reading.Folder)),
            Pause = section.Optional("pause", Pause, bound.Pause),
            Kill = section.Optional("kill", Booleans.Read, bound.Kill),
        };
    }

    /// <summary>HOST:PORT, or unix:/PATH/.s.PGSQL.PORT.</summary>
    private static Converted<(HostPort Address, string? SocketFile)> Where(string text)
    {
        const string Unix = "unix:";
        if (text.StartsWith(Unix, StringComparison.Ordinal))
        {
            var path = text[Unix.Length..];
            return path.StartsWith('/') ? (new HostPort("localhost", 0), path) : new Wrong("has no absolute path behind \"unix:\"; write unix:/run/pgbouncer-1/.s.PGSQL.6432");
        }

        var target = Addresses.Target(text);
        return target.Problem is { } problem ? new Wrong(problem) : (target.Value!, null);
    }
}
