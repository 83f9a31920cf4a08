using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;
using HaproxyRuntime;

namespace DbSwitch.Configuration.Binding;

/// <summary>Stands where a proxy is named but couldn't be read, so that what refers to it isn't reported as well.</summary>
internal sealed record UnreadProxy(string Name) : ProxyConfiguration(Name);

/// <summary>One entry of <c>proxies</c>: <c>api:</c>, or <c>managed:</c>.</summary>
internal static class ProxyBinder
{
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MostTimeout = TimeSpan.FromDays(24);

    public static ProxyConfiguration Bind(string name, Node node, Reading reading)
    {
        if (Section.Open(node, Keys.Proxy, reading) is not { } section)
        {
            return new UnreadProxy(name);
        }

        switch (section.Has("api"), section.Has("managed"))
        {
            case (true, true):
                reading.Problems.Add(node, "has both \"api\" (an HAProxy that someone else runs) and \"managed\" (one that dbswitch runs); keep one");
                break;
            case (false, false):
                reading.Problems.Add(node, "needs \"api\" (an HAProxy that someone else runs) or \"managed\" (one that dbswitch runs)");
                break;
            case (false, true) when section.Has("master"):
                reading.Problems.Add(node, "\"master\" belongs to \"api\"; a managed proxy has its own");
                break;
        }

        var api = section.OptionalOrNull("api", Addresses.RuntimeApi);
        var master = section.OptionalOrNull("master", Addresses.RuntimeApi);
        var managed = section.OptionalSection("managed", Keys.Managed) is { } inner ? BindManaged(name, inner, reading) : null;
        return api is not null ? new ApiProxyConfiguration(name, api, master) : managed ?? new UnreadProxy(name);
    }

    private static ProxyConfiguration BindManaged(string name, Section section, Reading reading)
    {
        // Port 0 stands for an address that couldn't be read; the checks leave it alone.
        var unread = new HostPort("", 0);
        var frontends = section.RequiredNames("frontends", 0, Names.FindProblem, (_, node) => Section.Value(node, reading, Addresses.Listening, unread));
        var proxy = new ManagedProxyConfiguration(
            name,
            frontends ?? [],
            section.OptionalOrNull("statistics", Addresses.Listening),
            section.OptionalOrNull("api", Addresses.Listening),
            section.Optional("haproxy", Paths.ProgramIn(reading.Folder), "haproxy"),
            section.Optional("maxconn", Integers.MaybeBetween(1, 1_000_000), null),
            BindTimeouts(section),
            section.OptionalOrNull("extra", Paths.FileIn(reading.Folder)))
        {
            Companion = section.Optional("companion", Booleans.Read, true),
        };
        return frontends is null ? new UnreadProxy(name) : proxy;
    }

    private static ProxyTimeouts BindTimeouts(Section managed)
    {
        var defaults = new ProxyTimeouts();
        if (managed.OptionalSection("timeouts", Keys.Timeouts) is not { } section)
        {
            return defaults;
        }

        var duration = Durations.Between(LeastTimeout, MostTimeout);
        return new ProxyTimeouts
        {
            Client = section.Optional("client", duration, defaults.Client),
            Server = section.Optional("server", duration, defaults.Server),
            Connect = section.Optional("connect", duration, defaults.Connect),
        };
    }
}
