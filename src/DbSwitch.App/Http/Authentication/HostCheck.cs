using System.Net;

namespace DbSwitch.App.Http.Authentication;

/// <summary>
/// Loopback HTTP is open to every page that a browser on this machine shows: one whose name is made to resolve to 127.0.0.1 (DNS rebinding) sends its own name as
/// Host. So only addresses and localhost are answered, and no page of another origin.
/// </summary>
internal static class HostCheck
{
    public static bool IsAllowed(HttpRequest request)
    {
        var host = request.Host.Host;
        return IsOwn(host) && (request.Headers.Origin.Count == 0 || (Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin) && origin.Authority == request.Host.Value));
    }

    private static bool IsOwn(string host) => host is "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out _);
}
