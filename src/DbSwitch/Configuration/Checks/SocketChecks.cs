using System.Text;
using DbSwitch.Configuration.Yaml;
using HaproxyRuntime;

namespace DbSwitch.Configuration.Checks;

/// <summary>Unix sockets have short paths, and a managed proxy's sockets lie below the directory of ours: better said here than by a failing bind.</summary>
internal static class SocketChecks
{
    /// <summary>The longest name among a managed proxy's sockets.</summary>
    private const string LongestSocket = "master.sock";

    public static void Run(DbSwitchConfiguration configuration, ProblemList problems)
    {
        var listen = configuration.Listen;
        if (Excess(listen.UnixSocket) is { } excess)
        {
            problems.Add(NodePath.Root["listen"]["unix"], excess);
            return;
        }

        foreach (var proxy in configuration.Proxies.Values.OfType<ManagedProxyConfiguration>())
        {
            var path = NodePath.Root["proxies"][proxy.Name];
            if (Excess(Path.Join(listen.RunDirectory, proxy.Name, LongestSocket)) is { } tooLong)
            {
                problems.Add(path, $"{tooLong}; shorten the proxy's name or listen.unix");
            }

            if (proxy.Name == Path.GetFileName(listen.UnixSocket))
            {
                problems.Add(path, $"a managed proxy can't be called like the manager's socket: its directory would be {listen.UnixSocket}");
            }
        }
    }

    private static string? Excess(string socket)
    {
        var length = Encoding.UTF8.GetByteCount(socket);
        return length > RuntimeEndpoint.LongestSocketPath
            ? $"the socket's path {socket} has {length} bytes; a Unix socket's path can have {RuntimeEndpoint.LongestSocketPath}"
            : null;
    }
}
