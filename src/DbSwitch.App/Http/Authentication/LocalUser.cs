using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections.Features;

namespace DbSwitch.App.Http.Authentication;

/// <summary>The user at the other end of the Unix socket, by the kernel's word; and who says to stand behind it under sudo, by his own.</summary>
internal static partial class LocalUser
{
    /// <summary>The command line sends what sudo told it. Anybody who may use the socket can send anything: it is a claim, and stands in the history as one.</summary>
    public const string SudoHeader = "Dbswitch-Sudo-User";

    // SOL_SOCKET and SO_PEERCRED (socket(7)); struct ucred is pid, uid, gid (unix(7)).
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    public static bool IsLocal(HttpContext context) => SocketOf(context) is { AddressFamily: AddressFamily.Unix };

    public static string NameOf(HttpContext context)
    {
        var claim = context.Request.Headers[SudoHeader].ToString();
        return NameOfPeer(context) + (UserName().IsMatch(claim) ? $" (sudo by {claim})" : "");
    }

    private static string NameOfPeer(HttpContext context)
    {
        Span<byte> credentials = stackalloc byte[12];
        if (SocketOf(context) is not { } socket || socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) < credentials.Length)
        {
            return "unknown";
        }

        var uid = BitConverter.ToUInt32(credentials[4..]).ToString(CultureInfo.InvariantCulture);
        return UserNames().FirstOrDefault(u => u.Uid == uid).Name ?? "uid " + uid;
    }

    private static Socket? SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()?.Socket;

    private static IEnumerable<(string Name, string Uid)> UserNames() =>
        File.Exists("/etc/passwd") ? File.ReadLines("/etc/passwd").Select(l => l.Split(':')).Where(f => f.Length > 2).Select(f => (f[0], f[2])) : [];

    [GeneratedRegex(@"^[A-Za-z0-9_.@\\-]{1,64}\z")]
    private static partial Regex UserName();
}
