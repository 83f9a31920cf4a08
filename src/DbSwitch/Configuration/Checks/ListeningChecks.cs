using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;
using HaproxyRuntime;

namespace DbSwitch.Configuration.Checks;

/// <summary>What listens on this machine, the manager and all managed proxies together, mustn't want the same port of the same address.</summary>
internal static class ListeningChecks
{
    public static void Run(DbSwitchConfiguration configuration, ProblemList problems)
    {
        foreach (var samePort in Listeners(configuration).GroupBy(l => l.Address.Port))
        {
            var earlier = new List<(NodePath Path, HostPort Address)>();
            foreach (var (path, address) in samePort)
            {
                if (earlier.Find(e => Overlap(e.Address, address)) is { Path: not null } other)
                {
                    problems.Add(path, $"{address} is taken by {other.Path} ({other.Address})");
                }

                earlier.Add((path, address));
            }
        }
    }

    private static IEnumerable<(NodePath Path, HostPort Address)> Listeners(DbSwitchConfiguration configuration)
    {
        if (configuration.Listen.Http is { } http)
        {
            yield return (NodePath.Root["listen"]["http"], http);
        }

        foreach (var proxy in configuration.Proxies.Values.OfType<ManagedProxyConfiguration>())
        {
            var path = NodePath.Root["proxies"][proxy.Name]["managed"];
            foreach (var (name, address) in proxy.Frontends.Where(f => f.Value.Port != 0))
            {
                yield return (path["frontends"][name], address);
            }

            if (proxy.Statistics is { } statistics)
            {
                yield return (path["statistics"], statistics);
            }

            if (proxy.Api is { } api)
            {
                yield return (path["api"], api);
            }
        }
    }

    /// <summary>On Linux <c>::</c> takes the IPv4 addresses, too (unless bindv6only is set, which we don't rely on).</summary>
    private static bool Overlap(HostPort one, HostPort other)
    {
        var (a, b) = (Hosts.Unmapped(IPAddress.Parse(one.Host)), Hosts.Unmapped(IPAddress.Parse(other.Host)));
        return a.Equals(b) || Covers(a, b) || Covers(b, a);
    }

    private static bool Covers(IPAddress wide, IPAddress narrow) =>
        wide.Equals(IPAddress.IPv6Any) || (wide.Equals(IPAddress.Any) && narrow.AddressFamily == AddressFamily.InterNetwork);
}
