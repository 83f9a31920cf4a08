using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.App.ProxyHost.Identity;

/// <summary>What one managed HAProxy is to be: its own part of the configuration, and the switches whose clients it serves.</summary>
/// <param name="Proxy">The managed proxy.</param>
/// <param name="Switches">By name; at least every switch that the proxy has a frontend for.</param>
public sealed record ProxyHostPlan(ManagedProxyConfiguration Proxy, IReadOnlyDictionary<string, SwitchConfiguration> Switches)
{
    /// <summary>One frontend for each switch. The seed's name, <c>db</c>, while there is no second one to tell it from.</summary>
    public IReadOnlyList<PlannedFrontend> Frontends =>
    [
        .. Proxy.Frontends.Select(frontend => new PlannedFrontend(
            Proxy.Frontends.Count == 1 ? "db" : "db_" + frontend.Key,
            frontend.Key,
            frontend.Value,
            SwitchOf(frontend.Key).Backend,
            SwitchOf(frontend.Key).Hold))
    ];

    /// <summary>Everything that listens on TCP, in the order of the configuration, with the words by which a person knows it.</summary>
    public IReadOnlyList<PlannedListener> Listeners =>
    [
        .. Frontends.Select(frontend => new PlannedListener(frontend.Address, $"clients of {frontend.Switch}")),
        .. Proxy.Statistics is { } statistics ? [new PlannedListener(statistics, "the statistics page")] : Array.Empty<PlannedListener>(),
        .. Proxy.Api is { } api ? [new PlannedListener(api, "the Runtime API")] : Array.Empty<PlannedListener>(),
    ];

    private SwitchConfiguration SwitchOf(string name) => Switches.TryGetValue(name, out var known)
        ? known
        : throw new ProxyHostException($"Proxy {Proxy.Name} has a frontend for \"{name}\", but there is no switch of that name.");
}

/// <param name="Name">HAProxy's name for it.</param>
/// <param name="Switch">The switch whose clients connect there.</param>
/// <param name="Address">Where they connect.</param>
/// <param name="Backend">The switch's backend.</param>
/// <param name="Hold">How long a new connection may wait there, until the manager says otherwise.</param>
public sealed record PlannedFrontend(string Name, string Switch, HostPort Address, string Backend, TimeSpan Hold);

/// <param name="Address">Where to listen.</param>
/// <param name="Purpose">For whom, as a sentence's part: "clients of orders".</param>
public sealed record PlannedListener(HostPort Address, string Purpose);
