using System.Net;

namespace DbSwitch.App.Http.Authentication;

/// <summary>
/// HTTP is open to every page that a browser shows on a machine that reaches it: one whose name is made to resolve to our address (DNS rebinding) sends its own name as
/// Host, and one of another site its own name as Origin. So only addresses, localhost and the names that the configuration or the certificate has are answered, and no
/// page of another origin.
/// </summary>
/// <param name="names">Whether a name is ours.</param>
internal sealed class HostCheck(Func<string, bool> names)
{
    /// <returns>Why the request is not answered; null when it may be.</returns>
    public string? Refusal(HttpRequest request)
    {
        var host = request.Host;
        if (!host.HasValue || !IsOwn(host.Host))
        {
            return "Ask for this by address or as localhost: a name that happens to resolve here is not answered. (A name that people use for it belongs into listen.names.)";
        }

        if (request.Headers.Origin.Count > 0 && !(Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin) && origin.Scheme == request.Scheme && origin.Authority == host.Value))
        {
            return "Ask for this by address or as localhost, from no other site's page: what a page of another origin asks for is not answered.";
        }

        // A browser's own word (Fetch Metadata), which no page can change. Following a link to the page is no harm.
        return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && request.Headers["Sec-Fetch-Mode"] != "navigate"
            ? "What a page of another site asks for is not answered."
            : null;
    }

    private bool IsOwn(string host) => host is "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out _) || names(host);
}
