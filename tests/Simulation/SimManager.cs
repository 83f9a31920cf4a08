using DbSwitch.Configuration;
using DbSwitch.Databases.Kinds;
using DbSwitch.Proxies;
using DbSwitch.Simulation.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching;
using HaproxyRuntime;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Simulation;

/// <summary>One manager from its start to its end: the product's own switch and links, over what the world gives it.</summary>
internal sealed class SimManager : ILoggerFactory, ILogger
{
    private static readonly string[] s_targets = ["a", "b"];
    private static readonly RuntimeEndpoint s_api = new RuntimeEndpoint.Unix("/api");
    private static readonly RuntimeEndpoint s_master = new RuntimeEndpoint.Unix("/master");

    private readonly World _world;
    private readonly SimClock.View _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string What, Task Answer)> _requests = [];
    private Task _end = Task.CompletedTask;

    public SimManager(World world, Planted planted)
    {
        _world = world;
        _time = new SimClock.View(world.Clock);
        var options = new RuntimeOptions { Time = _time };
        Links = [.. world.Proxies.Select(p => new ProxyLink(p.Name, s_api, options with { Connect = p.ConnectAsync }, world.HasMaster ? s_master : null) { IsGone = planted.IsGone })];
        var kind = new SimKind(world.Databases, world.Promotes, world.Random, Pending, planted.Promotion);
        var configuration = new SwitchConfiguration(
            "s", Proxies.SimWorker.Backend, [.. world.Proxies.Select(p => p.Name)],
            s_targets.ToDictionary(t => t, t => new TargetConfiguration(t, new HostPort(t + ".example", 1)) { Database = new SimDatabaseConfiguration(world.Promotes) }), "a")
        {
            Grace = world.Grace,
            Settle = world.Settle,
        };
        var store = new SimStoreClient(world.Store, world.Random, Pending);
        Switch = new DatabaseSwitch(configuration, Links, store, world.Store.State, [], world.ResolveAsync, _time, this, new SwitchDesign { Rules = planted.Rules, Phases = planted.Phases, Kinds = new DatabaseKinds(kind) });
        Switch.Looked += (_, result) => world.Saw(result);
        Running = Switch.RunAsync(_stop.Token);
    }

    public IReadOnlyList<ProxyLink> Links { get; }

    public DatabaseSwitch Switch { get; }

    /// <summary>What it has asked of its store and its databases.</summary>
    public List<Pending> Pending { get; } = [];

    public Task Running { get; }

    public bool IsEnding { get; private set; }

    /// <summary>It has been told to end, and has.</summary>
    public bool HasEnded => IsEnding && _end.IsCompleted && Running.IsCompleted;

    /// <summary>What operators have asked for and have no answer to.</summary>
    public IEnumerable<string> Unanswered => _requests.Where(r => !r.Answer.IsCompleted).Select(r => r.What);

    public void Ask(string what, Func<DatabaseSwitch, Task<object?>> ask)
    {
        _world.Diary?.Add($"an operator: {what}");
        _requests.RemoveAll(r => r.Answer.IsCompleted);
        _requests.Add((what, AskAsync(what, ask)));
    }

    public void End()
    {
        IsEnding = true;
        _stop.Cancel();
        _end = Switch.EndAsync();
    }

    /// <summary>It is killed: nothing of it runs any more, and the kernel closes its connections. What was on its way may arrive all the same, where only the script refuses it.</summary>
    public void Kill()
    {
        _time.End();
        foreach (var asked in Pending)
        {
            asked.Abandon(_world.Random);
        }

        Pending.Clear();
        foreach (var proxy in _world.Proxies)
        {
            foreach (var connection in proxy.Connections.ToList())
            {
                if (!connection.ClosedByUs)
                {
                    connection.Sever();
                }

                connection.Stalled = false;

                // On one machine what was sent is read before whatever comes after it, also what was sent before a connection broke: the next manager does not know of it (docs/architecture.md, "Known limits").
                while (connection.Worker is { ScriptCommandsServers: false } && !connection.ClosedByPeer && connection.ToPeer.Count > 0)
                {
                    proxy.Read(connection);
                }
            }
        }
    }

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider)
    {
    }

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= (_world.Diary is null ? LogLevel.Error : LogLevel.Debug);

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _world.Diary?.Add($"manager: {formatter(state, exception)}");
        if (exception is not null)
        {
            _world.Fail($"an unexpected error: {exception}");
        }
    }

    private async Task AskAsync(string what, Func<DatabaseSwitch, Task<object?>> ask)
    {
        try
        {
            var answer = await ask(Switch).ConfigureAwait(false);
            _world.Diary?.Add($"answer to \"{what}\": {answer}");
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            _world.Diary?.Add($"answer to \"{what}\": {e.Message}");
        }
        catch (Exception e)
        {
            _world.Fail($"\"{what}\" met an unexpected error: {e}");
        }
    }
}
