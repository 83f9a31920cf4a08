using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace HaproxyRuntime;

/// <summary>A host (name, IPv4 or IPv6 literal, without brackets) and a TCP port, as people write them: <c>db1:5432</c>, <c>[::1]:5432</c>.</summary>
/// <param name="Host">A host name or an IP literal; never empty.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record HostPort(string Host, int Port)
{
    /// <summary>The longest name that DNS knows (RFC 1035), in characters.</summary>
    public const int LongestHost = 253;

    /// <summary>Reads <c>host:port</c> or <c>[ipv6]:port</c>.</summary>
    /// <param name="text">What to read.</param>
    /// <param name="value">The host and port, when it could be read.</param>
    /// <param name="problem">Otherwise what is wrong with it, as the end of a sentence ("has no port").</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostPort? value, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
        {
            problem = "has no port (expected host:port)";
            return false;
        }

        var host = text[..colon];
        var literal = host.StartsWith('[') && host.EndsWith(']');
        if (literal)
        {
            host = host[1..^1];
            if (!IPAddress.TryParse(host, out var address) || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            {
                problem = "has no IPv6 address between its brackets";
                return false;
            }
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            problem = "needs brackets around an IPv6 address: [address]:port";
            return false;
        }

        if (host.Length == 0)
        {
            problem = "has no host (expected host:port)";
            return false;
        }

        if (host.Length > LongestHost)
        {
            problem = $"has a host name of more than {LongestHost} characters";
            return false;
        }

        // ':' and '%' (a zone) are only in IPv6 addresses.
        if (host.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' || (literal && c is ':' or '%'))))
        {
            problem = "has a character that is not allowed in a host name";
            return false;
        }

        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            problem = "has no port between 1 and 65535";
            return false;
        }

        value = new HostPort(host, port);
        problem = null;
        return true;
    }

    /// <summary><c>host:port</c>, an IPv6 literal in brackets.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
