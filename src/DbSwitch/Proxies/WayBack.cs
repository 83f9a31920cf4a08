using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// The backup server that leads back to the front, where connections wait (docs/companion.md): for those whose server went while they were on their way. HAProxy's own,
/// so neither a target nor a stranger.
/// </summary>
public static class WayBack
{
    /// <summary>Its name in every backend.</summary>
    public const string Name = "again";

    /// <summary>A server of that name with an IP address or a host name is somebody's database.</summary>
    public static bool Is(ServerState server) => server is { Name: Name, Address: null, Port: 0, HostName: null };

    /// <summary>The servers that a client could get an answer from.</summary>
    public static IReadOnlyList<ServerState> Without(IReadOnlyList<ServerState> servers) => [.. servers.Where(s => !Is(s))];
}
