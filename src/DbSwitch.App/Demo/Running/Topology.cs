using DbSwitch.App.Client;
using DbSwitch.App.Contracts;
using DbSwitch.App.Demo.Parts;
using DbSwitch.App.Demo.Postgres;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Http.Authentication;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.App.Demo.Running;

/// <summary>
/// The seed's topology on one machine: two databases, HAProxy, the manager, the client. Each is a process of its own; what was started here has ended when this is
/// disposed. The first part that ends by itself breaks the whole.
/// </summary>
internal sealed class Topology : IAsyncDisposable
{
    public const string DemoName = "demo";
    public const string ClientName = "client";
    public const string ProxyName = "db-proxy";
    public const string ManagerName = "db-proxy-man";
    public const string Database1Name = "backend-db1";
    public const string Database2Name = "backend-db2";
    public const string SwitchName = "orders";
    public const string BackendName = "db_servers";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HostPace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private readonly DemoDirectory _directory = new();
    private readonly IDemoDatabases _databases;
    private readonly DemoLog _log;
    private readonly List<DemoPart> _parts = [];
    private readonly CancellationTokenSource _broken = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _following;
    private Task? _hostWatch;
    private volatile bool _isEnding;

    public Topology(DemoPorts ports, string? haproxy, bool companion, bool postgres, DemoLog log)
    {
        Ports = ports;
        _log = log;
        Databases = [new Database(Database1Name, ports.Database1), new Database(Database2Name, ports.Database2)];
        Postgres = postgres ? new PostgresDatabases(_directory, Databases) : null;
        _databases = Postgres ?? (IDemoDatabases)new EchoDatabases();
        RunDirectory = new RunDirectory(_directory.Path, ProxyName);
        Manager = new ManagerClient(ManagerAddress.OfSocket(_directory.Socket));
        PageAddress = $"http://127.0.0.1:{ports.Http}/#token={GiveToken(_directory.Tokens)}";
        File.WriteAllText(_directory.Configuration, DemoConfiguration.Text(_directory, ports, haproxy, companion, _databases));
        _following = Task.WhenAll(FollowAsync(RunDirectory.Log), FollowAsync(RunDirectory.HostLog));
        Note();
    }

    public DemoPorts Ports { get; }

    public IReadOnlyList<Database> Databases { get; }

    /// <summary>Null where the databases are echo servers.</summary>
    public PostgresDatabases? Postgres { get; }

    /// <summary>HAProxy's.</summary>
    public RunDirectory RunDirectory { get; }

    /// <summary>The manager's HTTP API.</summary>
    public ManagerClient Manager { get; }

    /// <summary>The page's address, with the token by which it may change something: who reads the demo's output owns the demo.</summary>
    public string PageAddress { get; }

    /// <summary>Cancelled when a part ended by itself; <see cref="WhatBroke"/> says which.</summary>
    public CancellationToken Broken => _broken.Token;

    public string? WhatBroke { get; private set; }

    public async Task StartDatabasesAsync(CancellationToken cancel)
    {
        foreach (var database in Databases)
        {
            await _databases.PrepareAsync(database, cancel);
            Start(database.Name, _databases.Server(database));
            await _databases.ReadyAsync(database, cancel);
        }
    }

    /// <summary>Makes the PostgreSQL server that clients have left a replica of the present one.</summary>
    public async Task RejoinAsync(Database left, Database present, CancellationToken cancel)
    {
        await EndAsync(left.Name);
        await Postgres!.RewindAsync(left, present, cancel);
        Start(left.Name, Postgres.Server(left));
        await Postgres.FollowsAsync(present, cancel);
    }

    /// <summary>Starts the manager, which starts HAProxy unless it runs, and waits until it knows where the clients go.</summary>
    /// <returns>What it says of its switch.</returns>
    public async Task<SwitchView> StartManagerAsync(CancellationToken cancel)
    {
        Start(ManagerName, "serve", "--config", _directory.Configuration);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await StatusAsync(cancel) is { Selection: not null } known)
                {
                    _hostWatch ??= WatchHostAsync();
                    return known;
                }
            }
            catch (CommandException) when (TimeProvider.System.GetElapsedTime(began) < StartPatience)
            {
                // It does not listen yet. When it has given up, it has ended, and that cancels us.
            }

            if (TimeProvider.System.GetElapsedTime(began) > StartPatience)
            {
                throw new DemoException($"The manager did not come up within {StartPatience.TotalSeconds:0} s.{Environment.NewLine}{LastWords(ManagerName)}");
            }

            await Task.Delay(Pace, cancel);
        }
    }

    public void StartClient(TimeSpan every) =>
        Start(ClientName, _databases.Client(Ports.Clients, every));

    public async Task<SwitchView> StatusAsync(CancellationToken cancel) =>
        (await Manager.GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, cancel)).Single();

    /// <summary>Selects a database, or none, and waits for the outcome.</summary>
    public Task<OutcomeView> SelectAsync(Database? database, string reason, CancellationToken cancel) => Manager.PostAsync(
        $"/api/v1/switches/{SwitchName}/switchovers?wait=60s", new SwitchoverBody(database?.Name, database is null, null, reason), ContractsJson.Default.SwitchoverBody, ContractsJson.Default.OutcomeView, cancel);

    public Task<MessageView> PauseAsync(string reason, CancellationToken cancel) => Manager.PostAsync(
        $"/api/v1/switches/{SwitchName}/pause", new ReasonBody(reason), ContractsJson.Default.ReasonBody, ContractsJson.Default.MessageView, cancel);

    /// <summary>As a crash would.</summary>
    public Task KillManagerAsync() => _parts.Last(p => p.Name == ManagerName).KillAsync();

    /// <summary>Ends everything, the client first: it does not see the others go.</summary>
    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        Manager.Dispose();
        await EndAsync(ClientName);
        await EndAsync(ManagerName);
        await DemoProxy.EndAsync(_directory);
        await Task.WhenAll(EndAsync(Database1Name), EndAsync(Database2Name));
        await _ending.CancelAsync();
        await Task.WhenAll(_following, _hostWatch ?? Task.CompletedTask);
        _directory.Remove();
        _ending.Dispose();
        _broken.Dispose();
    }

    private static string GiveToken(string file)
    {
        var secret = Token.NewSecret();
        File.WriteAllText(file, TokenFile.Line(new Token(DemoName, Role.Operator, Token.HashOf(secret), TimeProvider.System.GetUtcNow())) + "\n");
        return secret;
    }

    private Task EndAsync(string name) => Task.WhenAll(_parts.Where(p => p.Name == name).Select(p => p.DisposeAsync().AsTask()));

    private void Start(string name, params string[] arguments)
    {
        var part = DemoPart.Start(name, _log, arguments);
        _parts.Add(part);
        Note();
        _ = ReportEndAsync(part);
    }

    private async Task ReportEndAsync(DemoPart part)
    {
        var exitCode = await part.Ended;
        if (!part.WasToldToEnd && !_isEnding)
        {
            Break($"{part.Name} ended by itself, with exit code {exitCode}.{Environment.NewLine}{LastWords(part.Name)}");
        }
    }

    private void Break(string what)
    {
        lock (_broken)
        {
            if (WhatBroke is null && !_isEnding)
            {
                WhatBroke = what;
                _broken.Cancel();
            }
        }
    }

    /// <summary>HAProxy's host is not our child, but the manager's, and outlives it: it is found by its lock.</summary>
    private async Task WatchHostAsync()
    {
        while (!_isEnding)
        {
            if (HostLock.Holder(RunDirectory) is null)
            {
                Break($"{ProxyName}'s host ended by itself: nobody would start HAProxy again.{Environment.NewLine}{LastWords(ProxyName)}");
                return;
            }

            await Task.Delay(HostPace, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Lines of both files begin with a time and a level of ours; behind them they are as HAProxy, or its host, said them.</summary>
    private Task FollowAsync(string file) => new FollowedFile(file, line => _log.Write(ProxyName, line.Split(' ', 3) is [_, _, var text] ? text : line)).RunAsync(_ending.Token);

    private string LastWords(string part) => _log.Last(5, part) is { Count: > 0 } lines ? $"The last that it said:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}" : "It said nothing.";

    private void Note() => new DemoMarker(_directory.Socket, Environment.ProcessId, [.. _parts.Select(p => p.Identity)]).Write();
}
