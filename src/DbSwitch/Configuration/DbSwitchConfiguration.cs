using System.Net;
using DbSwitch.Model;
using HaproxyRuntime;

namespace DbSwitch.Configuration;

/// <summary>One configuration file, read and checked: immutable, so that a reload either takes its place whole or leaves it as it was.</summary>
/// <param name="File">Absolute path of the file it was read from.</param>
/// <param name="StateFile">Absolute path of the SQLite store.</param>
/// <param name="Proxies">By name, in the file's order.</param>
/// <param name="Switches">By name, in the file's order.</param>
public sealed record DbSwitchConfiguration(
    string File,
    string StateFile,
    ListenConfiguration Listen,
    IReadOnlyDictionary<string, ProxyConfiguration> Proxies,
    IReadOnlyDictionary<string, SwitchConfiguration> Switches)
{
    /// <summary>Who is told of what happens; by name, in the file's order.</summary>
    public IReadOnlyDictionary<string, WebhookConfiguration> Webhooks { get; init; } = new Dictionary<string, WebhookConfiguration>();

    /// <summary>Programs that are told, or asked; by name, in the file's order.</summary>
    public IReadOnlyDictionary<string, HookConfiguration> Hooks { get; init; } = new Dictionary<string, HookConfiguration>();

    /// <summary>Where metrics and traces are sent to by OpenTelemetry's protocol; null for nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }
}

/// <summary>Where the manager listens for its own users.</summary>
/// <param name="UnixSocket">Absolute path of the command line's socket; its directory is also where managed proxies run.</param>
/// <param name="Http">Address for the page and the API, or null for none.</param>
public sealed record ListenConfiguration(string UnixSocket, HostPort? Http)
{
    /// <summary>Where the manager listens when the file says nothing.</summary>
    public const string DefaultSocket = "/run/dbswitch/dbswitch.sock";

    /// <summary>The directory of the socket: what lives only while something runs (sockets, locks, managed proxies) lives in it.</summary>
    public string RunDirectory => Path.GetDirectoryName(UnixSocket)!;

    /// <summary>Absolute path of the file with the tokens, or null for none.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Null for plain HTTP.</summary>
    public TlsConfiguration? Tls { get; init; }

    /// <summary>Names by which people ask for <see cref="Http"/>, beside localhost, IP addresses and those of the certificate.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Whether who does not say who they are may look over TCP; null: where only this machine is reached by.</summary>
    public bool? Everybody { get; init; }

    public bool EverybodyMayLook => Everybody ?? IsLoopback;

    /// <summary>Whether only this machine reaches <see cref="Http"/>.</summary>
    public bool IsLoopback => Http is null || (IPAddress.TryParse(Http.Host, out var address) && IPAddress.IsLoopback(address));
}

/// <summary>HTTPS. All are absolute paths of PEM files.</summary>
/// <param name="Certificate">The server's certificate, and what lies between it and its root.</param>
/// <param name="Key">Its private key.</param>
/// <param name="ClientCa">Whoever shows a certificate that this CA signed is an operator, called by its common name; null for none.</param>
public sealed record TlsConfiguration(string Certificate, string Key, string? ClientCa);

/// <summary>One HAProxy: run by someone else (<see cref="ApiProxyConfiguration"/>) or by us (<see cref="ManagedProxyConfiguration"/>).</summary>
public abstract record ProxyConfiguration(string Name);

/// <param name="Api">Its Runtime API, at level admin.</param>
/// <param name="Master">Its master socket, where there is one.</param>
public sealed record ApiProxyConfiguration(string Name, RuntimeEndpoint Api, RuntimeEndpoint? Master) : ProxyConfiguration(Name);

/// <param name="Frontends">Where clients connect: switch name to listening address (host <c>0.0.0.0</c>, <c>::</c> or an IP literal).</param>
/// <param name="Statistics">HAProxy's statistics page, or null for none.</param>
/// <param name="Api">A TCP address for the Runtime API beside the Unix socket that it always has, or null for none.</param>
/// <param name="HaproxyBinary">Name (found through PATH) or path of HAProxy's executable.</param>
/// <param name="MaxConnections">HAProxy's global <c>maxconn</c>; 1 to 1,000,000. Null: 10,000, or as many as the limit on open files allows.</param>
/// <param name="Timeouts">HAProxy's timeouts.</param>
/// <param name="ExtraFile">Absolute path of a file that is appended verbatim to HAProxy's configuration, or null.</param>
public sealed record ManagedProxyConfiguration(
    string Name,
    IReadOnlyDictionary<string, HostPort> Frontends,
    HostPort? Statistics,
    HostPort? Api,
    string HaproxyBinary,
    int? MaxConnections,
    ProxyTimeouts Timeouts,
    string? ExtraFile) : ProxyConfiguration(Name)
{
    /// <summary>Whether HAProxy runs with the companion script (deploy/dbswitch.lua), so that new connections wait while no server is usable. Default true.</summary>
    public bool Companion { get; init; } = true;
}

/// <summary>Timeouts of a managed HAProxy. Each 1 ms to 24 days (HAProxy's own range).</summary>
public sealed record ProxyTimeouts
{
    /// <summary>Idle time after which HAProxy closes a client's side; long, because connection pools keep idle sessions. Default 30 minutes, as in HAProxy's own examples for databases.</summary>
    public TimeSpan Client { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The same for the database's side. Default 30 minutes.</summary>
    public TimeSpan Server { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long one connection attempt to a database may take. Default 2 s: a switch must not wait long for it.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A named routing decision: which one of its targets a backend of one or more proxies may reach.</summary>
/// <param name="Backend">The HAProxy backend that this switch owns, on all its proxies.</param>
/// <param name="Proxies">Names of its proxies, at least one, each once.</param>
/// <param name="Targets">By name, in the file's order, at least one; no two with the same address and port.</param>
/// <param name="Initial">Target of a new, empty store when no proxy says otherwise; null for none.</param>
public sealed record SwitchConfiguration(
    string Name,
    string Backend,
    IReadOnlyList<string> Proxies,
    IReadOnlyDictionary<string, TargetConfiguration> Targets,
    string? Initial)
{
    /// <summary>How long a new connection may wait in the proxy while nothing is selected or a switch happens. Default 5 s; 0 to 60 s.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time after maintenance in which short sessions end by themselves before the rest is cut. Default 100 ms; 0 to 10 s.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time that open sessions get to end by themselves in a planned switchover, unless the operator says otherwise. Default 0; 0 to 1 h.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.Zero;

    /// <summary>Time between the fence and the activation, for what clients have sent to the old target and it still works on. Default 0; 0 to 30 s.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.Zero;

    /// <summary>Poolers that stand between clients and the proxies, and make clients wait without cutting them off. In the file's order; each name once.</summary>
    public IReadOnlyList<GateConfiguration> Gates { get; init; } = [];
}

/// <summary>A database that may be selected.</summary>
/// <param name="Address">Host name or IP literal, and port, as in the file.</param>
public sealed record TargetConfiguration(string Name, HostPort Address)
{
    /// <summary>What is behind the address, and how it is asked.</summary>
    public DatabaseConfiguration Database { get; init; } = new TcpDatabase();

    /// <summary>What its server is called in HAProxy.</summary>
    public string ServerName => ServerNames.For(Name, Address.Port);
}
