using System.Globalization;

namespace DbSwitch.Testing;

/// <summary>Which folder, sockets and ports one HAProxy under test has, and the configuration that says so.</summary>
internal sealed record RealHaproxyLayout(string Folder, int ClientPort, int? TcpApiPort, int? StatisticsPort)
{
    public string ApiSocket => Path.Combine(Folder, "api.sock");

    public string MasterSocket => Path.Combine(Folder, "master.sock");

    public string LogSocket => Path.Combine(Folder, "log.sock");

    public string OutputFile => Path.Combine(Folder, "output");

    public string HopSocket => Path.Combine(Folder, "again.sock");

    public string GenerationsFile => Path.Combine(Folder, "generations");

    public string ConfigurationFile => Path.Combine(Folder, "haproxy.cfg");

    public static RealHaproxyLayout Take(string folder, RealHaproxyOptions options) =>
        new(folder, FreePort.Take(), options.TcpApi ? FreePort.Take() : null, options.Statistics ? FreePort.Take() : null);

    public string Configuration(RealHaproxyOptions options) => string.Join('\n',
    [
        "global",
        $"    log {LogSocket} format raw local0",
        $"    maxconn {options.MaximumConnections}",
        $"    stats socket {ApiSocket} mode 600 level admin severity-output {options.SeverityOutput}",
        .. TcpApiPort is { } api ? (string[])[$"    stats socket ipv4@127.0.0.1:{api} level admin"] : [],
        "    stats timeout 30s",
        .. options.Companion ? CompanionGlobal(options) : [],
        .. Indented(options.Global),
        "defaults",
        "    log global",
        "    mode tcp",
        "    option tcplog",
        "    option redispatch 1",
        "    retries 3",
        "    timeout connect 2s",
        "    timeout client 30s",
        "    timeout server 30s",
        .. options.EndsHalfClosed ? (string[])["    timeout client-fin 1s", "    timeout server-fin 1s"] : [],
        .. Indented(options.Defaults),
        "frontend db",
        $"    bind 127.0.0.1:{ClientPort}",
        .. options.Companion ? CompanionFrontend(options) : [],
        .. Indented(options.Frontend),
        "    default_backend db_servers",
        "backend db_servers",
        $"    balance {options.Balance}",
        .. Indented(options.Backend),
        .. options.Companion ? [$"    server again unix@{HopSocket} send-proxy-v2 proxy-v2-options unique-id backup maxconn 1000000"] : Array.Empty<string>(),
        .. options.Companion ? ["backend db_again", $"    server again unix@{HopSocket} send-proxy-v2 proxy-v2-options unique-id"] : Array.Empty<string>(),
        .. StatisticsPort is { } statistics
            ? (string[])["frontend statistics", "    mode http", "    no log", $"    bind 127.0.0.1:{statistics}", "    stats enable", "    stats uri /stats"]
            : [],
        .. options.Sections,
        string.Empty,
    ]);

    // The lines of the script's own header.
    private string[] CompanionGlobal(RealHaproxyOptions options) =>
    [
        "    .if version_atleast(3.1)",
        "    tune.lua.bool-sample-conversion normal",
        "    .endif",
        $"    setenv DBSWITCH_GENERATIONS {options.GenerationsFile ?? GenerationsFile}",
        $"    lua-load {Path.Combine(Checkout.Root, "deploy", "dbswitch.lua")}",
    ];

    private string[] CompanionFrontend(RealHaproxyOptions options) =>
    [
        $"    bind unix@{HopSocket} mode 600 accept-proxy",
        "    unique-id-format %[var(txn.dbswitch_trail)]",
        string.Create(CultureInfo.InvariantCulture, $"    tcp-request inspect-delay {options.HoldCeiling.TotalMilliseconds + 1000}ms"),
        string.Create(CultureInfo.InvariantCulture, $"    tcp-request content lua.dbswitch-hold db_servers {options.Hold.TotalMilliseconds} {options.HoldCeiling.TotalMilliseconds} if {{ be_conn_free(db_servers) ge 0 }} || {{ stopping }}"),
        "    tcp-request content reject if { var(txn.dbswitch_held) -m found }",
        "    use_backend db_again if { stopping }",
    ];

    private static IEnumerable<string> Indented(IReadOnlyList<string> lines) => lines.Select(line => "    " + line);
}
