namespace DbSwitch.Doctoring;

/// <summary>
/// What in a haproxy.cfg leads a client to a server in maintenance, or to a database past the backend's servers: then a fence that HAProxy confirms proves nothing. By the lines of HAProxy's
/// configuration manual (sections 4.2, 5.2); in TCP mode, where neither cookies nor redirections are. Pure: a parsed haproxy.cfg in, findings out.
/// </summary>
internal static class HaproxyFenceChecks
{
    private static readonly string[] ServerLines = ["server", "server-template", "default-server"];

    public static IEnumerable<Finding> Check(string file, HaproxyFile parsed, IReadOnlyCollection<string> backends) =>
        backends.SelectMany(b => Backend(file, b, [.. parsed.Defaults, .. parsed.Of(b, "backend", "listen")])).Distinct();

    private static IEnumerable<Finding> Backend(string file, string backend, List<string[]> lines)
    {
        foreach (var line in lines)
        {
            (string What, string Fix)? found = line switch
            {
                ["option", "persist", ..] => ($"\"option persist\" leads clients of backend {backend} to the server that they stick to even while it is in maintenance, so no fence can be proven", "delete the line"),
                ["force-persist", ..] => ($"\"force-persist\" leads clients of backend {backend} to the server that they stick to even while it is in maintenance, so no fence can be proven", "delete the line"),
                ["stick", ..] => ($"\"{string.Join(' ', line.Take(3))}\" leads clients of backend {backend} back to the server that they had, with \"option persist\" even to one in maintenance; the manager can't see whether that is set, and refuses switchovers", "delete the line: the backend has one server at a time"),
                ["persist", ..] => ($"\"{string.Join(' ', line.Take(2))}\" leads clients of backend {backend} back to the server that they had, with \"option persist\" even to one in maintenance", "delete the line: the backend has one server at a time"),
                ["use-server", ..] => ($"\"{string.Join(' ', line.Take(2))}\" leads clients of backend {backend} past the selected server, with \"option persist\" or \"force-persist\" even to one in maintenance", "delete the line: which server clients reach is the manager's to decide"),
                ["dispatch", ..] or ["option", "transparent", ..] => ($"\"{string.Join(' ', line.Take(2))}\" leads clients of backend {backend} to an address that is none of its servers, past the manager", "delete the line"),
                ["load-server-state-from-file", "global" or "local", ..] => ($"load-server-state-from-file gives the servers of backend {backend} the state of an earlier moment after each reload, ready ones among them", "write \"load-server-state-from-file none\" in the backend"),
                [var word, ..] when ServerLines.Contains(word) && line.Contains("agent-check") => ($"\"agent-check\" in \"{string.Join(' ', line.Take(2))}\": an agent that says \"ready\" takes its server out of maintenance, so switchovers of backend {backend} are refused", "delete agent-check from the line: which server clients reach is the manager's to decide"),
                _ => null,
            };
            if (found is var (what, fix))
            {
                yield return new Finding(FindingLevel.Error, file, what, $"{fix}; then reload HAProxy");
            }
        }
    }
}
