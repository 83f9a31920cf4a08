namespace DbSwitch.Doctoring;

/// <summary>
/// What HAProxy's worker can't reach although "haproxy -c" is content: sockets are bound by root outside of the chroot, and used by the worker inside of it, as its own user.
/// Pure: a parsed haproxy.cfg in, findings out.
/// </summary>
internal static class HaproxyWorkerChecks
{
    public static IEnumerable<Finding> Check(string file, HaproxyFile parsed, IReadOnlyCollection<string> backends) =>
    [
        .. WaysBack(file, parsed, backends),
        .. Generations(file, parsed),
    ];

    // The way by which waiting clients come into the worker that a reload has started.
    private static IEnumerable<Finding> WaysBack(string file, HaproxyFile parsed, IReadOnlyCollection<string> backends)
    {
        var binds = parsed.Of("", "frontend", "listen").Where(l => l is ["bind", ['u', 'n', 'i', 'x', '@', '/', ..], ..] && l.Contains("accept-proxy")).ToDictionary(l => l[1]["unix@".Length..], l => l, StringComparer.Ordinal);
        foreach (var (path, bind) in binds.Where(b => RunsAsAnother(parsed) && !b.Value.Contains("user") && !b.Value.Contains("uid")))
        {
            yield return new Finding(
                FindingLevel.Error, file, $"{path} is root's when root starts HAProxy, and its worker runs as {parsed.User}: clients that wait are closed at each reload", $"write \"user {parsed.User}\" behind it: bind unix@{path} user {parsed.User} {string.Join(' ', bind[2..])}");
        }

        foreach (var server in parsed.Of("", "backend", "listen").Where(l => l is ["server", Proxies.WayBack.Name, ['u', 'n', 'i', 'x', '@', '/', ..], ..]).Select(l => l[2]["unix@".Length..]).Distinct())
        {
            if (!binds.ContainsKey(parsed.Chroot + server) && binds.Count > 0 && backends.Count > 0)
            {
                var bind = binds.Keys.First();
                yield return new Finding(
                    FindingLevel.Error,
                    file,
                    parsed.Chroot is { } chroot
                        ? $"the worker looks for unix@{server} below its chroot, at {chroot}{server}, and nothing is bound there: clients that wait are closed at each reload"
                        : $"server {Proxies.WayBack.Name} leads to unix@{server}, and nothing is bound there: clients that wait are closed at each reload",
                    parsed.Chroot is { } jail && bind.StartsWith(jail + "/", StringComparison.Ordinal) ? $"write unix@{bind[jail.Length..]} in the server's line" : $"bind unix@{parsed.Chroot}{server} in the frontend");
            }
        }
    }

    private static IEnumerable<Finding> Generations(string file, HaproxyFile parsed)
    {
        if (parsed.Generations is not { } path)
        {
            yield break;
        }

        var folder = parsed.Chroot + Path.GetDirectoryName(path);
        var facts = Files.FileFacts.Of(folder);
        if (facts is not { IsDirectory: true })
        {
            // On another machine than HAProxy's nothing can be said about its folders.
            if (parsed.Chroot is { } chroot && (path.StartsWith(chroot + "/", StringComparison.Ordinal) || Files.FileFacts.Of(chroot) is not null))
            {
                yield return new Finding(
                    FindingLevel.Warning, file, $"the worker looks for DBSWITCH_GENERATIONS below its chroot, at {chroot}{path}, and there is no folder {folder}: a restart of HAProxy forgets the highest generation", $"make it: install -d -o {parsed.User ?? "haproxy"} -g {parsed.Group ?? parsed.User ?? "haproxy"} -m 750 {folder}");
            }
        }
        else if (RunsAsAnother(parsed) && Files.FileOwner.NameOf(facts.Uid) != parsed.User && !IsForGroup(folder, facts, parsed.Group ?? parsed.User!))
        {
            yield return new Finding(
                FindingLevel.Warning, file, $"the worker runs as {parsed.User} and can't write its file of generations into {folder}, which is {Files.FileOwner.NameOf(facts.Uid)}'s: a restart of HAProxy forgets the highest generation", $"give it the folder: chown {parsed.User} {folder}");
        }
    }

    private static bool IsForGroup(string folder, Files.FileFacts facts, string group) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & UnixFileMode.GroupWrite) != 0 && Files.FileOwner.GroupNameOf(facts.Gid) == group;

    private static bool RunsAsAnother(HaproxyFile parsed) => parsed.User is not (null or "root");
}
