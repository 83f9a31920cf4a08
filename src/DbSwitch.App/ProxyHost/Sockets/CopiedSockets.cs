using System.Globalization;
using System.Net.Sockets;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Sockets;

/// <summary>Copies of the TCP sockets on which another process listens (pidfd_getfd, Linux 5.6): the same sockets, with the clients that wait in them.</summary>
internal static class CopiedSockets
{
    private const string NotAllowed = "the kernel does not let this user copy descriptors (Yama, or a container's rules)";

    /// <param name="pid">Whose.</param>
    /// <param name="problem">Why some could not be copied; null when all could.</param>
    /// <returns>Each copy with the number that the socket has over there.</returns>
    public static IReadOnlyList<(Socket Socket, int Descriptor)> Of(int pid, out string? problem)
    {
        problem = null;
        var copies = new List<(Socket, int)>();
        foreach (var descriptor in SocketsOf(pid, ref problem))
        {
            var copy = Posix.TakeDescriptor(pid, descriptor, out var error);
            if (copy < 0)
            {
                problem = error == Posix.PermissionDenied
                    ? NotAllowed
                    : $"errno {error}";
            }
            else if (Posix.IsTcpListener(copy))
            {
                copies.Add((new Socket(new SafeSocketHandle(copy, ownsHandle: true)), descriptor));
            }
            else
            {
                // Closed as it is, without .NET's idea of ending a connection: it is a living session of HAProxy's.
                Posix.Close(copy);
            }
        }

        return copies;
    }

    private static List<int> SocketsOf(int pid, ref string? problem)
    {
        try
        {
            var links = new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos().Select(entry => (entry.Name, Target: entry.LinkTarget)).ToList();
            if (links.Count > 0 && links.All(link => link.Target is null))
            {
                // The same rule, asked earlier: it does not even let us see what they are.
                problem = NotAllowed;
            }

            return
            [
                .. links
                    .Where(link => link.Target?.StartsWith("socket:", StringComparison.Ordinal) == true)
                    .Select(link => int.Parse(link.Name, CultureInfo.InvariantCulture))
                    .Order()
            ];
        }
        catch (UnauthorizedAccessException)
        {
            problem = NotAllowed;
            return [];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
