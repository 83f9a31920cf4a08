using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Doctoring;

/// <summary>
/// What a haproxy.cfg says and no Runtime API tells: timeouts, retries, what is left over from reloads, servers that come up by themselves. Pure: text in, findings out.
/// It knows the lines of HAProxy's configuration manual (sections 2, 3.2, 4.2, 5.2), not its whole grammar: conditions and environment variables are read as they stand.
/// </summary>
public static partial class HaproxyFileChecks
{
    private static readonly TimeSpan ShortestIdle = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(2);

    /// <param name="file">Its name, for the findings.</param>
    /// <param name="backends">The backends that switches own in it.</param>
    public static IReadOnlyList<Finding> Check(string file, string text, IReadOnlyCollection<string> backends)
    {
        var sections = Sections(text);
        var global = sections.Where(s => s.Kind == "global").SelectMany(s => s.Lines).ToList();
        return
        [
            .. backends.SelectMany(b => StandingServers(file, sections, b)),
            .. Has(global, "hard-stop-after") ? [] : Warning(file, "without hard-stop-after in global, what a reload leaves over lives as long as its longest session", "write \"hard-stop-after 30m\" in global"),
            .. backends.SelectMany(b => Backend(file, sections, b)).Distinct(),
        ];
    }

    private static IEnumerable<Finding> Backend(string file, IReadOnlyList<Section> sections, string backend)
    {
        var lines = sections.Where(s => s.Kind is "backend" or "listen" && s.Name == backend).SelectMany(s => s.Lines).ToList();
        var defaults = sections.Where(s => s.Kind == "defaults").SelectMany(s => s.Lines).ToList();
        List<string[]> all = [.. defaults, .. lines];
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
    }

    private static IEnumerable<Finding> StandingServers(string file, IReadOnlyList<Section> sections, string backend) => sections
        .Where(s => s.Kind is "backend" or "listen" && s.Name == backend)
        .SelectMany(s => s.Lines)
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

    private static List<Section> Sections(string text)
    {
        var sections = new List<Section>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["global" or "defaults" or "frontend" or "backend" or "listen" or "resolvers" or "peers" or "userlist" or "cache" or "program" or "ring", ..] && !char.IsWhiteSpace(line[0]))
            {
                sections.Add(new Section(words[0], words.Length > 1 ? words[1] : "", []));
            }
            else if (words.Length > 0 && sections.Count > 0)
            {
                sections[^1].Lines.Add(words);
            }
        }

        return sections;
    }

    private static Finding[] Warning(string where, string what, string fix) => [new Finding(FindingLevel.Warning, where, what, fix)];

    [GeneratedRegex("^([0-9]{1,12})(us|ms|s|m|h|d)?$")]
    private static partial Regex TimePattern();

    private sealed record Section(string Kind, string Name, List<string[]> Lines);
}
