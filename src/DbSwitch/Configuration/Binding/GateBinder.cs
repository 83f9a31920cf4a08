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

        var bound = new GateConfiguration(
            name,
            section.Required("pgbouncer", Addresses.Target, new HostPort("", 0)),
            section.Required("user", Names.Reference, ""),
            section.OptionalOrNull<Secret>("password", text => new Secret(text)),
            section.Required("database", Names.Reference, ""));
        return bound with
        {
            Tls = section.Optional("tls", LoginKeys.Tls, bound.Tls),
            AuthorityFile = section.OptionalOrNull("ca", Paths.FileIn(reading.Folder)),
            Pause = section.Optional("pause", Pause, bound.Pause),
            Kill = section.Optional("kill", Booleans.Read, bound.Kill),
        };
    }
}
