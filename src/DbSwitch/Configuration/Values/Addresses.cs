using System.Net;
using HaproxyRuntime;

namespace DbSwitch.Configuration.Values;

/// <summary>Addresses to connect to, to listen at, and of Runtime APIs.</summary>
internal static class Addresses
{
    /// <summary>A database's host and port.</summary>
    public static Converted<HostPort> Target(string text)
    {
        if (!HostPort.TryParse(text, out var address, out var problem))
        {
            return new Wrong(problem);
        }

        return Hosts.FindProblem(address.Host) is { } wrong ? new Wrong(wrong) : address;
    }

    /// <summary>An IP address of this machine and a port. No host names: what is listened at must not depend on a resolver. No host, or <c>*</c>, means all IPv4 addresses.</summary>
    public static Converted<HostPort> Listening(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal) || text.StartsWith("tcp:", StringComparison.Ordinal) || text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return new Wrong("is not an address to listen at; write IP:port alone");
        }

        var full = text.StartsWith(':') ? "0.0.0.0" + text : text.StartsWith("*:", StringComparison.Ordinal) ? "0.0.0.0" + text[1..] : text;
        if (!HostPort.TryParse(full, out var address, out var problem))
        {
            return new Wrong(problem);
        }

        if (!IPAddress.TryParse(address.Host, out var literal) || Hosts.IsOddIPv4(address.Host, literal) || address.Host.Contains('%', StringComparison.Ordinal))
        {
            return new Wrong("has no IP address of this machine to listen at; write 127.0.0.1:port for this machine alone, 0.0.0.0:port for everybody");
        }

        return address with { Host = literal.ToString() };
    }

    /// <summary>Where an OpenTelemetry collector takes what is sent to it.</summary>
    public static Converted<Uri> Collector(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps) || address.Host.Length == 0
            ? new Wrong("is no address of a collector; write http://host:port or https://host:port")
        : address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0
            ? new Wrong("has more than a host, a port and a path in it; what a collector asks for beside them goes into OTEL_EXPORTER_OTLP_HEADERS")
        : address;

    /// <summary>Where somebody else's HAProxy has its Runtime API.</summary>
    public static Converted<RuntimeEndpoint> RuntimeApi(string text)
    {
        if (RuntimeEndpoint.TryParse(text, out var endpoint, out var problem))
        {
            var wrong = endpoint is RuntimeEndpoint.Tcp tcp ? Hosts.FindProblem(tcp.Address.Host) : null;
            return wrong is null ? endpoint : new Wrong(wrong);
        }

        var meant = text.StartsWith('/') ? "unix:" + text : HostPort.TryParse(text, out _, out _) ? "tcp:" + text : null;
        return new Wrong(meant is null ? problem : $"{problem}; did you mean \"{meant}\"?");
    }
}
