using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Configuration.Values;

/// <summary>Host names and IP literals: which are well written, and which are the same.</summary>
internal static class Hosts
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>What is wrong with a host to connect to, as the end of a sentence, or null.</summary>
    public static string? FindProblem(string host)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return FindLiteralProblem(host, literal);
        }

        if (host.All(c => char.IsAsciiDigit(c) || c == '.'))
        {
            return "has no valid IPv4 address";
        }

        var name = host.EndsWith('.') ? host[..^1] : host;
        var isName = name.Length <= LongestName && name.Split('.').All(label =>
            label.Length is > 0 and <= LongestLabel && label[0] != '-' && label[^1] != '-'
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return isName ? null : "has no valid host name";
    }

    /// <summary>One form for all spellings of a host, to compare by.</summary>
    public static string Canonical(string host) =>
        IPAddress.TryParse(host, out var literal) ? Unmapped(literal).ToString() : host.TrimEnd('.').ToLowerInvariant();

    /// <summary>IPv4 inside IPv6 (<c>::ffff:10.0.0.1</c>) as what it is.</summary>
    public static IPAddress Unmapped(IPAddress literal) => literal.IsIPv4MappedToIPv6 ? literal.MapToIPv4() : literal;

    /// <summary>"010.0.0.1" and "10.1" are read as addresses, and not as the ones they look like.</summary>
    public static bool IsOddIPv4(string host, IPAddress literal) =>
        literal.AddressFamily == AddressFamily.InterNetwork && literal.ToString() != host;

    private static string? FindLiteralProblem(string host, IPAddress literal)
    {
        if (IsOddIPv4(host, literal))
        {
            return $"has an IPv4 address in an unusual form (it would mean {literal}); write four decimal numbers";
        }

        var address = Unmapped(literal);
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            ? "is an address to listen at, not to connect to; name the host"
            : null;
    }
}
