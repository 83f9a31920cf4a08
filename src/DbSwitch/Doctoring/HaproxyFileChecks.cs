using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Doctoring;

/// <summary>
/// What a haproxy.cfg says and no Runtime API tells: timeouts, retries, what is left over from reloads, servers that come up by themselves. Pure: text in, findings out.
/// It knows the lines of HAProxy's configuration manual (sections 2, 3.2, 4.2, 5.2), not its whole grammar.
/// </summary>
public static partial class HaproxyFileChecks
{
    private static readonly TimeSpan ShortestIdle = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(2);

    /// <summary>What a fence waits for at most in vain.</summary>
    private static readonly TimeSpan LongestFin = TimeSpan.FromSeconds(2);

    /// <param name="file">Its name, for the findings.</param>
    /// <param name="backends">The backends that switches own in it.</param>
    public static IReadOnlyList<Finding> Check(string file, string text, IReadOnlyCollection<string> backends)
    {
        var parsed = HaproxyFile.Parse(text);
        return
        [
            .. backends.SelectMany(b => StandingServers(file, parsed, b)),
            .. Has(parsed.Global, "hard-stop-after") ? [] : Warning(file, "without hard-stop-after in global, what a reload leaves over lives as long as its longest session", "write \"hard-stop-after 30m\" in global"),
            .. backends.SelectMany(b => Backend(file, parsed, b)).Distinct(),
            .. HaproxyFenceChecks.Check(file, parsed, backends),
            .. HaproxyWorkerChecks.Check(file, parsed, backends),
        ];
    }

    /// <summary>The backends that the companion script is told of: what switches own, where no manager says it.</summary>
    public static IReadOnlyList<string> BackendsIn(HaproxyFile file) =>
    [
        .. file.Of("", "frontend", "listen").Where(l => l is ["tcp-request", "content", "lua.dbswitch-hold", _, ..]).Select(l => l[3]).Distinct(),
    ];

    /// <summary>Whether a backend that is there serves nobody before a manager has given it a server.</summary>
    public static bool WaitsForManager(HaproxyFile file, string backend) => file.Sections.Any(s => s.Kind is "backend" or "listen" && s.Name == backend) && !StandingServers("", file, backend).Any();

    private static IEnumerable<Finding> Backend(string file, HaproxyFile parsed, string backend)
    {
        List<string[]> all = [.. parsed.Defaults, .. parsed.Of(backend, "backend", "listen")];
        if (!all.Any(l => l is ["option", "redispatch", "1", ..]))
        {
            yield return new Finding(FindingLevel.Warning, file, $"backend {backend} has no \"option redispatch 1\", so a client that retries a dead database is not led to the next one", "write \"option redispatch 1\" in defaults");
        }

        if (Duration(all, "connect") is not { } connect || connect > LongestConnect)
        {
            yield return new Finding(FindingLevel.Warning, file, $"backend {backend} has no \"timeout connect\" of 2s or less, so a fence may have to wait for those that connect", "write \"timeout connect 2s\" in defaults");
        }

        foreach (var side in new[] { "client", "server" })
        {
            if (Duration(all, side) is { } idle && idle < ShortestIdle)
            {
                yield return new Finding(FindingLevel.Warning, file, string.Create(CultureInfo.InvariantCulture, $"timeout {side} is {idle.TotalSeconds:0.###} s: idle sessions of connection pools are closed"), $"write \"timeout {side} 30m\", and let keep-alives (option clitcpka, srvtcpka) find what is dead");
            }
        }

        if (Duration(all, "server-fin") is not { } fin || fin > LongestFin)
        {
            yield return new Finding(FindingLevel.Warning, file, $"backend {backend} has no \"timeout server-fin\" of {LongestFin.TotalSeconds:0}s or less: HAProxy can't end the session of a client that gave up while its database hangs, and so no switchover can leave that database", $"write \"timeout server-fin 1s\" in backend {backend}");
        }

        foreach (var frontend in FrontendsOf(parsed, backend))
        {
            if (Duration([.. parsed.Defaults, .. frontend.Lines], "client-fin") is not { } clientFin || clientFin > LongestFin)
            {
                yield return new Finding(FindingLevel.Warning, file, $"{frontend.Kind} {frontend.Name} has no \"timeout client-fin\" of {LongestFin.TotalSeconds:0}s or less: a session that its server has closed may stay for as long as its client is silent", $"write \"timeout client-fin 1s\" in {frontend.Kind} {frontend.Name}");
            }
        }
    }

    private static IEnumerable<HaproxySection> FrontendsOf(HaproxyFile parsed, string backend) => parsed.Sections
        .Where(s => (s.Kind == "listen" && s.Name == backend) || (s.Kind is "frontend" or "listen" && s.Lines.Any(l => l is ["default_backend" or "use_backend", var to, ..] && to == backend)));

    private static IEnumerable<Finding> StandingServers(string file, HaproxyFile parsed, string backend) => parsed.Of(backend, "backend", "listen")
        .Where(l => l is ["server" or "server-template", ..] && !l.Contains("disabled") && !IsWayBack(l))
        .Select(l => new Finding(
            FindingLevel.Error, file, $"server {(l.Length > 1 ? l[1] : "")} of backend {backend} comes up by itself after each restart and reload, and takes clients until the manager has fenced it", "delete the line: dbswitch adds the selected server; or add \"disabled\" to it"));

    private static bool IsWayBack(string[] line) => line is ["server", Proxies.WayBack.Name, ['u', 'n', 'i', 'x', '@', ..], ..];

    private static bool Has(IEnumerable<string[]> lines, string word) => lines.Any(l => l[0] == word);

    /// <summary>The last that was said, as HAProxy takes it; null when nothing was.</summary>
    private static TimeSpan? Duration(IEnumerable<string[]> lines, string side) => lines.LastOrDefault(l => l is ["timeout", var which, _, ..] && which == side) is { } line ? Time(line[2]) : null;

    /// <summary>A time of HAProxy's: milliseconds unless a unit says otherwise (manual, section 2.5).</summary>
    private static TimeSpan? Time(string text) => TimePattern().Match(text) is { Success: true } match && long.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? match.Groups[2].Value switch
        {
            "us" => TimeSpan.FromMicroseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "d" => TimeSpan.FromDays(number),
            _ => TimeSpan.FromMilliseconds(number),
        }
        : null;

    private static Finding[] Warning(string where, string what, string fix) => [new Finding(FindingLevel.Warning, where, what, fix)];

    [GeneratedRegex("^([0-9]{1,12})(us|ms|s|m|h|d)?$")]
    private static partial Regex TimePattern();
}
