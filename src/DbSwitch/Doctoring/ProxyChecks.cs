using System.Globalization;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>What is wrong with one proxy. Pure: its facts in, findings out, the worst first.</summary>
public static class ProxyChecks
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    private static readonly string[] DynamicAlgorithms = ["roundrobin", "leastconn", "first", "random"];

    /// <param name="backends">The backends that switches own in it.</param>
    /// <param name="hasMaster">Whether its master socket is configured.</param>
    public static IReadOnlyList<Finding> Check(string proxy, ProxyFacts facts, IReadOnlyCollection<string> backends, bool hasMaster) =>
    [
        .. Rights(proxy, facts),
        .. Backends(proxy, facts, backends),
        .. Version(proxy, facts),
        .. Companion(proxy, facts),
        .. facts.StickTables.Where(b => b.Value.Count > 0).Select(b => new Finding(
            FindingLevel.Error, proxy, $"a stick table ({string.Join(", ", b.Value)}) leads clients to servers of backend {b.Key}, with \"option persist\" or \"force-persist\" even to one in maintenance, so switchovers are refused", $"delete the \"stick\" lines of backend {b.Key} in haproxy.cfg (it has one server at a time), then reload HAProxy")),
        .. hasMaster ? [] : Warning(proxy, "its master socket is not known, so a manager that was started after a reload can't see what that has left over", "start HAProxy with -W -S PATH, and give master: \"unix:PATH\" beside api:"),
        .. facts.ClockAhead.Duration() <= ClockTolerance ? [] : Warning(
            proxy, string.Create(CultureInfo.InvariantCulture, $"its clock and this manager's are {facts.ClockAhead.Duration().TotalSeconds:0} s apart, so their logs can't be laid side by side"), "let both follow a time server (chrony, systemd-timesyncd)"),
    ];

    private static IEnumerable<Finding> Rights(string proxy, ProxyFacts facts)
    {
        if (facts.Level != "admin")
        {
            yield return new Finding(FindingLevel.Error, proxy, $"this Runtime API is at level {facts.Level}, and a switch needs level admin", "write \"stats socket … level admin\" in haproxy.cfg");
        }

        foreach (var (address, level) in facts.Sockets.Where(s => s.Level != "user" && ProxyFacts.IsOpenToTheNetwork(s.Address)))
        {
            yield return new Finding(FindingLevel.Warning, proxy, $"its Runtime API listens on {address} at level {level} without asking who comes: whoever reaches it may send clients anywhere", "use a Unix socket, or an address on a network that only this manager is on");
        }
    }

    private static IEnumerable<Finding> Backends(string proxy, ProxyFacts facts, IReadOnlyCollection<string> backends)
    {
        foreach (var backend in backends)
        {
            if (!facts.Algorithms.TryGetValue(backend, out var algorithm))
            {
                yield return new Finding(FindingLevel.Error, proxy, $"it has no backend {backend}", $"add \"backend {backend}\" to its haproxy.cfg, or correct the switch's backend: key");
            }
            else if (algorithm is "static-rr")
            {
                yield return new Finding(FindingLevel.Error, proxy, $"backend {backend} has balance static-rr, which takes no servers at run time", $"write \"balance first\" in backend {backend}");
            }
            else if (algorithm.Length > 0 && !DynamicAlgorithms.Any(d => algorithm.StartsWith(d, StringComparison.Ordinal)))
            {
                yield return new Finding(FindingLevel.Warning, proxy, $"backend {backend} has balance {algorithm}, which takes servers at run time only with \"hash-type consistent\"", $"write \"balance first\" in backend {backend}: there is one server at a time anyway");
            }
            else if (StateChanges(algorithm) is { } feature && Support(facts.Version, feature) is { State: FeatureState.Dangerous } danger)
            {
                yield return new Finding(FindingLevel.Error, proxy, $"backend {backend} has balance {algorithm}, and this version (HAProxy {facts.Version}) is not up to it: {danger.Reason}", $"write \"balance first\" in backend {backend}{Since(danger)}");
            }
        }
    }

    private static IEnumerable<Finding> Version(string proxy, ProxyFacts facts)
    {
        if (!HaproxyVersion.TryParse(facts.Version, out var version))
        {
            yield return new Finding(FindingLevel.Warning, proxy, $"its version, \"{facts.Version}\", is none that is known here", "use a released HAProxy");
            yield break;
        }

        var can = new HaproxyCapabilities(version);
        if (can[HaproxyFeature.AddServer].State == FeatureState.Missing)
        {
            yield return new Finding(FindingLevel.Error, proxy, $"HAProxy {facts.Version} can't add servers at run time", "use 2.6 or later");
        }

        if (can[HaproxyFeature.DeleteServer] is { State: FeatureState.Dangerous } delete)
        {
            yield return new Finding(FindingLevel.Note, proxy, $"HAProxy {facts.Version} can crash when servers are deleted, so fenced ones stay in maintenance", $"nothing has to be done{Since(delete)}");
        }

        if (can[HaproxyFeature.SetFrontendMaxconn] is { State: FeatureState.Dangerous } maxconn)
        {
            yield return new Finding(FindingLevel.Note, proxy, $"\"set maxconn frontend\" can kill HAProxy {facts.Version}; dbswitch never sends it", $"don't type it either{Since(maxconn)}");
        }

        if (can[HaproxyFeature.ShutdownWhileConnecting] is { State: FeatureState.Dangerous } shutdown)
        {
            yield return new Finding(FindingLevel.Note, proxy, $"in HAProxy {facts.Version} a session that is ended while it connects can hang, so those are waited for", $"keep \"timeout connect\" at 2s or less{Since(shutdown)}");
        }

        if (facts.HasCompanion && !Proxies.Companion.CommandsServersIn(facts.Version))
        {
            yield return new Finding(FindingLevel.Note, proxy, $"before HAProxy 3.0 the companion script can't refuse the late command of a manager that has died", "use HAProxy 3.0 or later where several machines may run a manager");
        }
    }

    private static Finding[] Companion(string proxy, ProxyFacts facts)
    {
        if (!facts.HasCompanion)
        {
            return Warning(proxy, "the companion script is not loaded, so new connections are closed during a switchover instead of waiting", "load deploy/dbswitch.lua (docs/companion.md)");
        }

        return
        [
            .. facts.Algorithms.Keys.Where(b => !facts.WaysBack.Contains(b)).SelectMany(b => Warning(proxy, $"backend {b} has no way back to the front, so a connection whose server goes while it is on its way is closed", $"add the line \"server again … backup maxconn 1000000\" of docs/companion.md to backend {b}")),
            .. facts.MemoryProblem is not { } why ? [] : Warning(proxy, Proxies.ProxyWords.ForgetsGenerations(why), Proxies.ProxyWords.MemoryFix),
            .. facts.KeepsGenerations ? [] : Warning(proxy, "a restart of HAProxy forgets the highest generation", "write \"setenv DBSWITCH_GENERATIONS FILE\" before the lua-load (docs/companion.md)"),
        ];
    }

    private static HaproxyFeature? StateChanges(string algorithm) => algorithm switch
    {
        "roundrobin" => HaproxyFeature.RoundrobinStateChanges,
        "leastconn" => HaproxyFeature.LeastconnStateChanges,
        _ => null,
    };

    private static FeatureSupport? Support(string version, HaproxyFeature feature) => HaproxyVersion.TryParse(version, out var v) ? new HaproxyCapabilities(v)[feature] : null;

    private static string Since(FeatureSupport support) => support.AvailableSince is { } since ? $", or use {since} or later" : "";

    private static Finding[] Warning(string where, string what, string fix) => [new Finding(FindingLevel.Warning, where, what, fix)];
}
