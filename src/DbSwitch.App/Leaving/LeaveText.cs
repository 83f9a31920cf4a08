using DbSwitch.Doctoring;
using DbSwitch.Proxies;

namespace DbSwitch.App.Leaving;

/// <summary>What serves the clients without dbswitch: the server that they reach now, as a line of haproxy.cfg. Pure. The lines of the companion script may stay: they need no manager.</summary>
internal static class LeaveText
{
    private const string Mark = "# dbswitch: ";

    public static string LineOf((string Name, HaproxyRuntime.HostPort Address) server) => $"    server {server.Name} {server.Address}";

    /// <summary>For a person who puts it there.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<ServedNow> all)
    {
        foreach (var proxy in all.GroupBy(s => s.Proxy))
        {
            yield return $"# {proxy.Key}: these lines, and no other server, into its haproxy.cfg";
            foreach (var one in proxy)
            {
                yield return one switch
                {
                    { Problem: { } problem } => $"# backend {one.Backend} (switch {one.Switch}): not known, it can't be asked: {problem}",
                    { Servers: [] } => $"# backend {one.Backend} (switch {one.Switch}): no server takes clients now; select one first (dbswitch select TARGET)",
                    _ => $"backend {one.Backend}\n{string.Join('\n', one.Servers.Select(LineOf))}",
                };
            }
        }
    }

    /// <summary>The file with them: each backend has the server that clients reach now, and its other servers are comments.</summary>
    /// <exception cref="ArgumentException">The file has no such backend.</exception>
    public static string In(string text, IReadOnlyList<ServedNow> all)
    {
        var lines = text.TrimEnd('\n').Split('\n').ToList();
        foreach (var one in all)
        {
            var sections = HaproxyFile.Parse(string.Join('\n', lines)).Sections;
            var section = sections.FirstOrDefault(s => s.Kind is "backend" or "listen" && s.Name == one.Backend) ?? throw new ArgumentException($"there is no backend {one.Backend} in it");
            var end = sections.Select(s => s.Line).Where(l => l > section.Line).DefaultIfEmpty(lines.Count).Min();
            for (var i = section.Line + 1; i < end; i++)
            {
                if (lines[i].Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["server" or "server-template", var name, ..] && name != WayBack.Name)
                {
                    lines[i] = "    " + Mark + lines[i].Trim();
                }
            }

            lines.InsertRange(section.Line + 1, one.Servers.Select(LineOf));
        }

        return string.Join('\n', lines) + "\n";
    }
}
