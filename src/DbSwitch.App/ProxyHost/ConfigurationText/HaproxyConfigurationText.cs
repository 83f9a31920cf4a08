using System.Globalization;
using System.Text;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.App.ProxyHost.ConfigurationText;

/// <summary>Writes haproxy.cfg: the plan in, text out. The seed's configuration, with what the facts know better.</summary>
internal static class HaproxyConfigurationText
{
    /// <param name="plan">What HAProxy is to be.</param>
    /// <param name="directory">Where its sockets are.</param>
    /// <param name="descriptors">The number under which HAProxy inherits the listening socket of an address.</param>
    /// <param name="extra">Text that is appended verbatim, or null.</param>
    public static string Render(ProxyHostPlan plan, RunDirectory directory, Func<HostPort, int> descriptors, string? extra)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Written by \"dbswitch proxy-host {plan.Proxy.Name}\"; changes made here are lost (use extra: for additions).\n");
        Global(text, plan, directory, descriptors);
        Defaults(text, plan.Proxy.Timeouts);
        foreach (var (place, frontend) in plan.Frontends.Index())
        {
            Frontend(text, frontend, descriptors(frontend.Address), plan.Proxy.Companion ? directory.HopSocket(place) : null);
        }

        if (plan.Proxy.Statistics is { } statistics)
        {
            Statistics(text, statistics, descriptors(statistics));
        }

        if (extra is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# From here on, verbatim: {plan.Proxy.ExtraFile}\n{extra}");
            text.Append(extra.EndsWith('\n') ? "" : "\n");
        }

        return text.ToString();
    }

    private static void Global(StringBuilder text, ProxyHostPlan plan, RunDirectory directory, Func<HostPort, int> descriptors)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            global
                maxconn {plan.Proxy.MaxConnections ?? OpenFiles.ConnectionsAllowed()}
                # A datagram socket: what nobody reads is dropped, and HAProxy never waits for its log.
                log {Quoted(directory.LogSocket)} len 8192 format short local0 debug
                stats socket {Quoted(directory.AdminSocket)} mode 660 level admin

            """);
        if (plan.Proxy.Api is { } api)
        {
            text.Append(CultureInfo.InvariantCulture, $"    stats socket fd@{descriptors(api)} level admin # {api}\n");
        }

        // 500 admin connections: the default of 10 is used up by a manager, a page and three people with netcat. So many, because
        // the number also makes HAProxy's table of descriptors large enough for those of the inherited sockets, however small maxconn is.
        // 30 minutes for a worker left over from a reload: as long as an idle session may last by default, and no longer,
        // since every switchover must reach it through the master socket to be certain.
        text.Append("""
                stats timeout 30s
                stats maxconn 500
                hard-stop-after 30m

            """);
        if (plan.Proxy.Companion)
        {
            CompanionConfigurationText.Global(text, directory.Generations, directory.Script);
        }
    }

    /// <summary>What suits connections to databases.</summary>
    public static void Defaults(StringBuilder text, ProxyTimeouts timeouts)
    {
        // redispatch 1, not bare: a client whose server refuses tries another at its first retry.
        // client-fin, server-fin: HAProxy does not end a session whose client has given up while its database hangs, whoever asks it to; a second after that it ends by itself.
        // Keepalives find a peer that vanished in 90 s; the system's own default takes over two hours.
        text.Append(CultureInfo.InvariantCulture, $"""

            defaults
                mode tcp
                log global
                retries 3
                option redispatch 1
                option abortonclose
                timeout connect {Milliseconds(timeouts.Connect)}
                timeout client {Milliseconds(timeouts.Client)}
                timeout server {Milliseconds(timeouts.Server)}
                timeout client-fin 1s
                timeout server-fin 1s
                timeout check {Milliseconds(timeouts.Connect)}
                option clitcpka
                clitcpka-idle 60s
                clitcpka-intvl 10s
                clitcpka-cnt 3
                option srvtcpka
                srvtcpka-idle 60s
                srvtcpka-intvl 10s
                srvtcpka-cnt 3

            """);
    }

    private static void Frontend(StringBuilder text, PlannedFrontend frontend, int descriptor, string? hopSocket)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            frontend {frontend.Name}
                bind fd@{descriptor} # {frontend.Address}
                option tcplog

            """);
        if (hopSocket is not null)
        {
            CompanionConfigurationText.Frontend(text, frontend, hopSocket);
        }

        text.Append(CultureInfo.InvariantCulture, $"""
                default_backend {frontend.Backend}

            backend {frontend.Backend}
                # No database, and a dynamic algorithm: the servers come and go through the Runtime API.
                balance first

            """);
        if (hopSocket is not null)
        {
            CompanionConfigurationText.Backend(text, hopSocket);
            CompanionConfigurationText.HopBackend(text, frontend, hopSocket);
        }
    }

    /// <summary>To look at only: without <c>stats admin</c>, changes go through the manager.</summary>
    private static void Statistics(StringBuilder text, HostPort address, int descriptor) =>
        text.Append(CultureInfo.InvariantCulture, $"""

            frontend stats
                bind fd@{descriptor} # {address}
                mode http
                timeout client 30s
                timeout http-request 10s
                stats enable
                stats uri /stats
                stats refresh 5s

            """);

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms");

    /// <summary>A path as one word of HAProxy's configuration (its manual, section 2.2).</summary>
    public static string Quoted(string path) => path.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('/' or '.' or '-' or '_'))
        ? "'" + path.Replace("'", @"'\''", StringComparison.Ordinal) + "'"
        : path;
}
