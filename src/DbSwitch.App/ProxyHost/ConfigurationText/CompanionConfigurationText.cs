using System.Globalization;
using System.Text;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.Proxies;

namespace DbSwitch.App.ProxyHost.ConfigurationText;

/// <summary>What haproxy.cfg has for the companion script; docs/companion.md explains each line.</summary>
internal static class CompanionConfigurationText
{
    /// <summary>The most that a manager can allow (a longer <c>hold:</c> is no valid configuration); the inspect-delay is a second more.</summary>
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    /// <summary>A number, so that <c>be_conn_free</c> counts it: a server without a maximum (one of ours) makes it -1.</summary>
    private const int Unlimited = 1000000;

    /// <param name="generations">The file in which the script remembers the highest generation of each backend.</param>
    /// <param name="script">Where the script is.</param>
    public static void Global(StringBuilder text, string generations, string script) => text.Append(CultureInfo.InvariantCulture, $"""
            # The companion: new connections wait while no server is usable.
            .if version_atleast(3.1)
            tune.lua.bool-sample-conversion normal
            .endif
            setenv DBSWITCH_GENERATIONS {HaproxyConfigurationText.Quoted(generations)}
            lua-load {HaproxyConfigurationText.Quoted(script)}

        """);

    /// <summary>The rules, which stand before <c>default_backend</c>.</summary>
    /// <param name="user">Whose the socket is to be, where HAProxy is started by another than its worker's user; null otherwise.</param>
    public static void Frontend(StringBuilder text, PlannedFrontend frontend, string hopSocket, string? user = null) => text.Append(CultureInfo.InvariantCulture, $$"""
            bind unix@{{HaproxyConfigurationText.Quoted(hopSocket)}}{{(user is null ? "" : $" user {user}")}} mode 600 accept-proxy
            unique-id-format %[var(txn.dbswitch_trail)]
            tcp-request inspect-delay {{(long)Ceiling.TotalMilliseconds + 1000}}ms
            tcp-request content lua.dbswitch-hold {{frontend.Backend}} {{(long)frontend.Hold.TotalMilliseconds}} {{(long)Ceiling.TotalMilliseconds}} if { be_conn_free({{frontend.Backend}}) ge 0 } || { stopping }
            tcp-request content reject if { var(txn.dbswitch_held) -m found }
            use_backend {{frontend.Name}}_again if { stopping }

        """);

    /// <summary>Where a connection goes whose server went while it was on its way: back to the front, to wait.</summary>
    public static void Backend(StringBuilder text, string hopSocket) => text.Append(CultureInfo.InvariantCulture, $"""
            server {WayBack.Name} {Hop(hopSocket)} backup maxconn {Unlimited}

        """);

    public static void HopBackend(StringBuilder text, PlannedFrontend frontend, string hopSocket) => text.Append(CultureInfo.InvariantCulture, $"""

        backend {frontend.Name}_again
            mode tcp
            # The same frontend, in whichever worker listens now; the client's address goes along.
            server {WayBack.Name} {Hop(hopSocket)}

        """);

    private static string Hop(string hopSocket) => $"unix@{HaproxyConfigurationText.Quoted(hopSocket)} send-proxy-v2 proxy-v2-options unique-id";
}
