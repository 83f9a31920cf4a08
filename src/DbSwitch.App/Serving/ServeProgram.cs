using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using DbSwitch.App.Http;
using DbSwitch.App.Logging;
using DbSwitch.App.ProxyHost;
using DbSwitch.Configuration;
using DbSwitch.Managing;
using DbSwitch.Storage;
using HaproxyRuntime;

namespace DbSwitch.App.Serving;

/// <summary><c>dbswitch serve</c>: the manager, with its HTTP API on a Unix socket and, if configured, on TCP.</summary>
internal static class ServeProgram
{
    /// <summary>How long an empty store waits for every proxy at the start, before it goes on waiting beside its other work.</summary>
    private static readonly TimeSpan AdoptionDeadline = TimeSpan.FromSeconds(5);

    /// <param name="decisions">What a person said of switches that an empty store can't decide: switch to target, null for none.</param>
    public static async Task<int> RunAsync(string file, IReadOnlyDictionary<string, string?> decisions, CancellationToken cancel)
    {
        // The command line's library ends the process at once when a signal comes before a command first gives way to it.
        await Task.Yield();
        var read = ConfigurationFile.Load(file, Environment.GetEnvironmentVariable);
        if (!read.IsValid)
        {
            foreach (var problem in read.Problems)
            {
                await Console.Error.WriteLineAsync(problem.ToString());
            }

            return ExitCode.Usage;
        }

        try
        {
            await ServeAsync(read.Configuration, decisions, cancel);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to end while it was starting.
            return ExitCode.Done;
        }
        catch (ServeException e)
        {
            await Console.Error.WriteLineAsync("dbswitch: " + e.Message);
            return e.ExitCode;
        }
        catch (StoreInUseException e)
        {
            await Console.Error.WriteLineAsync("dbswitch: " + e.Message);
            return ExitCode.Usage;
        }
        catch (StoreException e)
        {
            await Console.Error.WriteLineAsync("dbswitch: " + e.Message);
            return ExitCode.NeedsPerson;
        }
    }

    private static async Task ServeAsync(DbSwitchConfiguration configuration, IReadOnlyDictionary<string, string?> decisions, CancellationToken cancel)
    {
        await using var store = SqliteStore.Open(configuration.StateFile);
        await SocketFile.PrepareAsync(configuration.Listen.UnixSocket);
        Manager? manager = null;
        await using var web = Build(configuration, store, () => manager!);
        var loggers = web.Services.GetRequiredService<ILoggerFactory>();
        var logger = loggers.CreateLogger("dbswitch");
        await EnsureHostsAsync(configuration, loggers, cancel);
        manager = await StartManagerAsync(configuration, store, loggers, cancel);
        try
        {
            await StartWebAsync(web, configuration);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                _ = Reloading.RunAsync(configuration.File, manager, c => EnsureHostsAsync(c, loggers, CancellationToken.None), logger);
            });
            await DecideAsync(manager, decisions, cancel);
            logger.Ready(configuration.Listen.UnixSocket, configuration.Listen.Http is { } http ? $", http://{http}" : "");
            await using var stopping = cancel.Register(web.Lifetime.StopApplication);
            await web.WaitForShutdownAsync(CancellationToken.None);
        }
        finally
        {
            await manager.DisposeAsync();
        }
    }

    private static async Task<Manager> StartManagerAsync(DbSwitchConfiguration configuration, ISwitchStore store, ILoggerFactory loggers, CancellationToken cancel)
    {
        try
        {
            return await Manager.StartAsync(configuration, store, EndpointOf, (name, c) => Dns.GetHostAddressesAsync(name, c), TimeProvider.System, loggers, cancel);
        }
        catch (ManagerException e)
        {
            throw new ServeException(ExitCode.Usage, e.Message, e);
        }
    }

    private static WebApplication Build(DbSwitchConfiguration configuration, ISwitchStore store, Func<Manager> manager)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None);
        LineFormatter.Use(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.ListenUnixSocket(configuration.Listen.UnixSocket);
            if (configuration.Listen.Http is { } http)
            {
                kestrel.Listen(AddressOf(http), http.Port);
            }
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(TimeProvider.System);
        var web = builder.Build();
        web.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.WriteAsync, SuppressDiagnosticsCallback = c => c.Exception is BadHttpRequestException or StoreException });
        web.Use((context, next) => Caller.IsLocal(context) || HostCheck.IsAllowed(context.Request)
            ? next(context)
            : Problems.Forbidden("Ask for this by address or as localhost: a name that happens to resolve here is not answered.").ExecuteAsync(context));
        Endpoints.Map(web, manager);
        return web;
    }

    private static async Task StartWebAsync(WebApplication web, DbSwitchConfiguration configuration)
    {
        try
        {
            await web.StartAsync();
            SocketFile.Protect(configuration.Listen.UnixSocket);
        }
        catch (IOException e)
        {
            throw new ServeException(ExitCode.Usage, $"Can't listen: {e.Message} Stop what listens there, or change listen: in {configuration.File}.", e);
        }
    }

    /// <summary>Waits a moment for what an empty store makes of the proxies; a person's word settles what it can't.</summary>
    private static async Task DecideAsync(Manager manager, IReadOnlyDictionary<string, string?> decisions, CancellationToken cancel)
    {
        foreach (var unknown in decisions.Keys.Where(d => !manager.Switches.ContainsKey(d)))
        {
            throw new ServeException(ExitCode.Usage, $"--adopt: there is no switch {unknown}. The switches: {string.Join(", ", manager.Switches.Keys)}.");
        }

        foreach (var one in manager.Switches.Values)
        {
            if (!await one.DecidedAsync(AdoptionDeadline, cancel) || one.NeedsPerson is null)
            {
                continue;
            }

            if (!decisions.TryGetValue(one.Name, out var target))
            {
                throw new ServeException(ExitCode.NeedsPerson, $"{one.NeedsPerson} Nothing was changed. Say which it shall be, once: dbswitch serve --adopt {one.Name}=TARGET (or {one.Name}=none).");
            }

            var outcome = await one.SelectAsync(new SwitchoverRequest(target, Environment.UserName, "--adopt"), null, null, cancel);
            if (one.Selection?.Target != target)
            {
                throw new ServeException(ExitCode.NeedsPerson, outcome.Message);
            }
        }
    }

    private static async Task EnsureHostsAsync(DbSwitchConfiguration configuration, ILoggerFactory loggers, CancellationToken cancel)
    {
        var launcher = new ProxyHostLauncher(TimeProvider.System, loggers.CreateLogger<ProxyHostLauncher>());
        foreach (var managed in configuration.Proxies.Values.OfType<ManagedProxyConfiguration>())
        {
            var outcome = await launcher.EnsureRunningAsync(managed.Name, configuration.File, configuration.Listen.RunDirectory, cancel);
            if (outcome.Problem is { } problem)
            {
                throw new ServeException(ExitCode.Usage, $"The managed proxy {managed.Name} does not start: {problem}");
            }
        }
    }

    private static RuntimeEndpoint EndpointOf(ProxyConfiguration proxy, DbSwitchConfiguration configuration) => proxy switch
    {
        ApiProxyConfiguration api => api.Api,
        ManagedProxyConfiguration => new RuntimeEndpoint.Unix(new RunDirectory(configuration.Listen.RunDirectory, proxy.Name).AdminSocket),
        _ => throw new ArgumentOutOfRangeException(nameof(proxy)),
    };

    private static IPAddress AddressOf(HostPort http) =>
        http.Host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(http.Host, out var address) ? address
        : throw new ServeException(ExitCode.Usage, $"listen.http: {http.Host} is no IP address.");
}
