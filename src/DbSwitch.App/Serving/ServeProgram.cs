using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Http;
using DbSwitch.App.Http.Authentication;
using DbSwitch.App.Http.Events;
using DbSwitch.App.Logging;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.App.Telemetry;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Managing;
using DbSwitch.Measuring;
using DbSwitch.Storage;
using HaproxyRuntime;

namespace DbSwitch.App.Serving;

/// <summary><c>dbswitch serve</c>: the manager, with its HTTP API on a Unix socket and, if configured, on TCP.</summary>
internal static class ServeProgram
{
    /// <param name="decisions">What a person said of switches that an empty store can't decide: switch to target, null for none.</param>
    /// <param name="releases">Proxies that an operator says may be out of the configuration.</param>
    /// <param name="log">What its lines look like.</param>
    public static async Task<int> RunAsync(string file, IReadOnlyDictionary<string, string?> decisions, IReadOnlyList<(string Switch, string Proxy)> releases, LogForm log, CancellationToken cancel)
    {
        // The command line's library ends the process at once when a signal comes before a command first gives way to it.
        await Task.Yield();
        var read = ConfigurationFile.Load(file, Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
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
            await ServeAsync(read.Configuration, decisions, releases, log, cancel);
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

    private static async Task ServeAsync(DbSwitchConfiguration configuration, IReadOnlyDictionary<string, string?> decisions, IReadOnlyList<(string Switch, string Proxy)> releases, LogForm log, CancellationToken cancel)
    {
        var tls = LoadTls(configuration);
        EmbeddedSqlite.Use();
        await using var store = SqliteStore.Open(configuration.StateFile);
        foreach (var (name, proxy) in releases)
        {
            if (!await store.ReleaseProxyAsync(name, proxy, Environment.UserName, cancel))
            {
                throw new ServeException(ExitCode.Usage, $"--release-proxy: {name} never had a proxy {proxy}, by what {configuration.StateFile} says.");
            }
        }

        await SocketFile.PrepareAsync(configuration.Listen.UnixSocket);
        var starting = new TaskCompletionSource<Manager>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var web = ApiServer.Build(configuration, tls, log, store, starting.Task);
        var loggers = web.Services.GetRequiredService<ILoggerFactory>();

        // From the first number on: histograms are summed up where they are read.
        _ = web.Services.GetRequiredService<MetricsText>();
        var logger = loggers.CreateLogger("dbswitch");
        using var export = OtlpExport.Start(configuration, loggers.CreateLogger<OtlpExport>(), TimeProvider.System);

        if (configuration.Listen is { IsLoopback: false, TokenFile: not null } && tls is null)
        {
            logger.InTheClear(configuration.Listen.Http!.ToString());
        }

        // Before any proxy is looked at: a manager that can't listen is one too many, and must not have touched anything.
        await StartWebAsync(web, configuration);
        await EnsureHostsAsync(configuration, loggers, cancel);
        await using var manager = await StartManagerAsync(configuration, store, loggers, web.Services.GetRequiredService<Measures>(), cancel);
        starting.SetResult(manager);
        using var stopTelling = new CancellationTokenSource();
        var telling = Task.WhenAll(web.Services.GetRequiredService<EventSource>().RunAsync(manager, stopTelling.Token), web.Services.GetRequiredService<LoadSource>().RunAsync(manager, always: export is not null, stopTelling.Token));
        using var reloading = new Reloading(configuration.File, manager, c => EnsureHostsAsync(c, loggers, CancellationToken.None), logger);
        web.Services.GetRequiredService<ReloadAnswers>().Use(reloading.RunAsync);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _ = reloading.RunAsync();
        });
        await new Deciding(manager, decisions, logger).RunAsync(cancel);
        logger.Ready(configuration.Listen.UnixSocket, configuration.Listen.Http is { } http ? $", http://{http}" : "");
        await using var notice = ServiceNotice.Ready(Environment.GetEnvironmentVariable, TimeProvider.System);
        await using var stopping = cancel.Register(web.Lifetime.StopApplication);

        // A manager that keeps less than it says is worse than none: whoever watches over it starts it anew.
        await Task.WhenAny(web.WaitForShutdownAsync(CancellationToken.None), manager.Completion);
        await stopTelling.CancelAsync();
        await telling;
        if (manager.Completion.IsCompleted)
        {
            throw new ServeException(ExitCode.NeedsPerson, $"A switch has stopped after an unexpected error ({manager.Completion.Result.Message}). Every proxy stays as it is; start dbswitch again, and report the error that the log shows.");
        }
    }

    private static TlsFiles? LoadTls(DbSwitchConfiguration configuration)
    {
        if (configuration.Listen.Tls is not { } files)
        {
            return null;
        }

        try
        {
            return new TlsFiles(files);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ServeException(ExitCode.Usage, $"listen.tls in {configuration.File}: {files.Certificate}, {files.Key} or {files.ClientCa ?? "its CA"} can't be used: {e.Message} They are PEM files, the key belongs to the certificate, and this user may read them.", e);
        }
    }

    private static async Task<Manager> StartManagerAsync(DbSwitchConfiguration configuration, ISwitchStore store, ILoggerFactory loggers, Measures measures, CancellationToken cancel)
    {
        try
        {
            return await Manager.StartAsync(configuration, store, EndpointOf, (name, c) => Dns.GetHostAddressesAsync(name, c), BootTime.Instance, loggers, cancel, measures.Watch);
        }
        catch (ManagerException e)
        {
            throw new ServeException(ExitCode.Usage, e.Message, e);
        }
    }

    private static async Task StartWebAsync(WebApplication web, DbSwitchConfiguration configuration)
    {
        try
        {
            await web.StartAsync();
            SocketFile.Protect(configuration.Listen.UnixSocket);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new ServeException(ExitCode.Usage, $"Can't listen: {e.Message.TrimEnd('.')}. Stop what listens there, or change listen: in {configuration.File}.", e);
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

    private static ProxyEndpoints EndpointOf(ProxyConfiguration proxy, DbSwitchConfiguration configuration)
    {
        if (proxy is ApiProxyConfiguration api)
        {
            return new ProxyEndpoints(api.Api, api.Master);
        }

        var run = new RunDirectory(configuration.Listen.RunDirectory, proxy.Name);
        return new ProxyEndpoints(new RuntimeEndpoint.Unix(run.AdminSocket), new RuntimeEndpoint.Unix(run.MasterSocket), () => HostHealth.SaysDown(run));
    }
}
