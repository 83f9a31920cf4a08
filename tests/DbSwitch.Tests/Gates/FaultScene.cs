using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Tests.Databases.Postgres;
using HaproxyRuntime;

namespace DbSwitch.Tests.Gates;

/// <summary>A primary "db1" that is selected, its standby "db2", a proxy, a PgBouncer before it and a manager, and a link of its own between any two that speak to each other. Every fault is a verb.</summary>
internal sealed class FaultScene : IAsyncDisposable
{
    public const string ToProxy = "manager to proxy", ToGate = "manager to PgBouncer", ToPrimary = "manager to old primary", ToStandby = "manager to standby",
        ClientsToPrimary = "proxy to old primary", ClientsToStandby = "proxy to standby", GateToProxy = "PgBouncer to proxy", Replication = "standby to old primary";

    // The manager and the proxy know a database by one address: here they part, by where they come from.
    private static readonly IPAddress ProxyComesFrom = IPAddress.Parse("127.0.0.9");

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly Dictionary<string, TcpLink> _links = [];

    private FaultScene()
    {
    }

    public static IReadOnlyList<string> Links { get; } = [ToProxy, ToGate, ToPrimary, ToStandby, ClientsToPrimary, ClientsToStandby, GateToProxy, Replication];

    public RealPostgres Db1 { get; private set; } = null!;

    public RealPostgres Db2 { get; private set; } = null!;

    public RealHaproxy Haproxy { get; private set; } = null!;

    public RealPgBouncer Pool { get; private set; } = null!;

    public ManagerUnderTest Manager { get; private set; } = null!;

    public static async Task<FaultScene> StartedAsync()
    {
        var scene = new FaultScene();
        try
        {
            await scene.StartAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <returns>Ends when it has happened.</returns>
    public Task HappenAsync(string fault)
    {
        switch (fault)
        {
            case "old primary hangs": Db1.Freeze(); break;
            case "standby hangs": Db2.Freeze(); break;
            case "standby replays nothing": Db2.FreezeReplay(); break;
            case "proxy hangs": Haproxy.Freeze(); break;
            case "PgBouncer hangs": Pool.Freeze(); break;
            case var cut when Link(cut, " is cut") is { } link: link.Cut(); break;
            case var hangs when Link(hangs, " hangs") is { } link: link.Hang(); break;
        }

        return fault switch
        {
            "old primary dies" => Db1.KillAsync(),
            "standby dies" => Db2.KillAsync(),
            "proxy dies" => Haproxy.KillAsync(),
            "PgBouncer dies" => Pool.KillAsync(),

            // Not from within it: its end waits for what it is doing.
            "manager dies" => Task.Run(Manager.EndAsync),
            _ => Task.CompletedTask,
        };
    }

    public async Task MendAsync(string fault)
    {
        foreach (var link in _links.Values)
        {
            link.Mend();
        }

        Db1.Thaw();
        Db2.Thaw();
        switch (fault)
        {
            case "old primary dies": await Db1.StartServerAsync(); break;
            case "standby dies": await Db2.StartServerAsync(); break;
            case "proxy dies": await Haproxy.RestartAsync(); break;
            case "proxy hangs": Haproxy.Thaw(); break;
            case "PgBouncer dies": await Pool.StartAgainAsync(); break;
            case "PgBouncer hangs": Pool.Thaw(); break;
            case "manager dies": await Manager.StartAsync(); break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        Db1 = Kept(await RealPostgres.StartAsync());
        Db2 = Kept(await Db1.StandbyAsync(through: Linked(Replication, Db1.Port)));
        Haproxy = Kept(await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true, TcpApi = true, Backend = [$"source {ProxyComesFrom}"] }));
        Pool = Kept(new RealPgBouncer());
        await Pool.StartAsync(Linked(GateToProxy, Haproxy.ClientPort), "server_login_retry = 1");
        Manager = Kept(new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10), Gates = [Pool.Gate with { Address = Here(Linked(ToGate, Pool.Port)) }] })
            .Proxy("p", new RuntimeEndpoint.Tcp(Here(Linked(ToProxy, ((RuntimeEndpoint.Tcp)Haproxy.TcpApiEndpoint).Address.Port))))
            .Switch("db1", Target("db1", ToPrimary, ClientsToPrimary, Db1), Target("db2", ToStandby, ClientsToStandby, Db2));
        await Manager.StartAsync();
        await Manager.SettledAsync("db1");
    }

    private TargetConfiguration Target(string name, string managers, string clients, RealPostgres server)
    {
        var (manager, proxy) = (Linked(managers, server.Port), Linked(clients, server.Port));
        var address = Kept(new TcpLink(from => from.Address.Equals(ProxyComesFrom) ? proxy : manager));
        return new TargetConfiguration(name, Here(address.Port)) { Database = RealPostgres.Settings with { Promote = Promotion.Self } };
    }

    private TcpLink? Link(string fault, string verb) => fault.EndsWith(verb, StringComparison.Ordinal) ? _links.GetValueOrDefault(fault[..^verb.Length]) : null;

    private int Linked(string name, int to) => (_links[name] = Kept(new TcpLink(to))).Port;

    private T Kept<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    private static HostPort Here(int port) => new("127.0.0.1", port);
}
