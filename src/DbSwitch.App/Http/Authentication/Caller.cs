using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace DbSwitch.App.Http.Authentication;

/// <summary>Who asks, and what they may: on the Unix socket the file's rights have decided that already; over TCP, without a token, everyone may look and nobody may change.</summary>
internal static class Caller
{
    // SOL_SOCKET and SO_PEERCRED (socket(7)); struct ucred is pid, uid, gid (unix(7)).
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    public static bool IsLocal(HttpContext context) => SocketOf(context) is { AddressFamily: AddressFamily.Unix };

    /// <summary>The name of the user at the other end of the Unix socket.</summary>
    public static string NameOf(HttpContext context)
    {
        Span<byte> credentials = stackalloc byte[12];
        if (SocketOf(context) is not { AddressFamily: AddressFamily.Unix } socket || socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) < credentials.Length)
        {
            return "unknown";
        }

        var uid = BitConverter.ToUInt32(credentials[4..]).ToString(CultureInfo.InvariantCulture);
        return UserNames().FirstOrDefault(u => u.Uid == uid).Name ?? "uid " + uid;
    }

    private static Socket? SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()?.Socket;

    private static IEnumerable<(string Name, string Uid)> UserNames() =>
        File.Exists("/etc/passwd") ? File.ReadLines("/etc/passwd").Select(l => l.Split(':')).Where(f => f.Length > 2).Select(f => (f[0], f[2])) : [];
}
