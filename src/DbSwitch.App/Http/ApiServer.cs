using System.Net;
using System.Text.Json.Serialization;
using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;
using DbSwitch.App.Http.Events;
using DbSwitch.App.Http.OpenApi;
using DbSwitch.App.Http.Switchovers;
using DbSwitch.App.Logging;
using DbSwitch.App.Notifying;
using DbSwitch.App.Telemetry;
using DbSwitch.Configuration;
using DbSwitch.Managing;
using DbSwitch.Measuring;
using DbSwitch.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Net.Http.Headers;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;


namespace DbSwitch.App.Http;

/// <summary>The web server of the manager: where it listens, what it takes from whom, and what it answers with.</summary>
internal static class ApiServer
{
    /// <param name="tls">Null for plain HTTP.</param>
    /// <param name="log">What its lines look like.</param>
    /// <param name="manager">The manager, once it is at work.</param>
    /// <param name="more">Services that only a test needs.</param>
    public static WebApplication Build(DbSwitchConfiguration configuration, TlsFiles? tls, LogForm log, ISwitchStore store, Task<Manager> manager, Action<IServiceCollection>? more = null)
    {
        var listen = configuration.Listen;

        // No file is watched: what this server is, it is told here.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // What can't be started is said once, in our words.
        LogFormatter.Use(builder.Logging, log);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Limits.Apply(kestrel.Limits);
            kestrel.ListenUnixSocket(listen.UnixSocket);
            if (listen.Http is { } http)
            {
                kestrel.Listen(IPAddress.Parse(http.Host), http.Port, listen => ConfigureTcp(listen, tls));
            }
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.AllowDuplicateProperties = false;
            json.SerializerOptions.PropertyNameCaseInsensitive = false;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => new Measures(TimeProvider.System, name => manager.IsCompletedSuccessfully ? HostHealth.TroubleOf(name, manager.Result.Configuration) : null));
        builder.Services.AddSingleton(services => new MetricsText(services.GetRequiredService<Measures>().Meter));
        builder.Services.AddSingleton<EventHub>();
        builder.Services.AddSingleton<Notifier>();
        builder.Services.AddSingleton<EventSource>();
        builder.Services.AddSingleton<LoadSource>();
        builder.Services.AddSingleton<IdempotencyKeys>();
        builder.Services.AddSingleton<SwitchoverAnswers>();
        builder.Services.AddSingleton<HoldAnswers>();
        builder.Services.AddSingleton<ReloadAnswers>();
        more?.Invoke(builder.Services);
        var web = builder.Build();

        tls?.LogTo(web.Services.GetRequiredService<ILogger<TlsFiles>>());

        // Only now: who makes the events logs, too.
        web.Services.GetRequiredService<ILoggerFactory>().AddProvider(new EventLogger(web.Services.GetRequiredService<EventSource>(), TimeProvider.System));
        web.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.WriteAsync, SuppressDiagnosticsCallback = c => c.Exception is BadHttpRequestException or StoreException });
        web.UseStatusCodePages(context => Problems.ExplainAsync(context.HttpContext));
        web.Use(AddHeaders);
        web.Use(RefuseOtherCharacterSets);
        web.Use(Limits.Rate());
        web.Use(new Access(listen, new HostCheck(name => listen.Names.Contains(name, StringComparer.OrdinalIgnoreCase) || tls?.IsFor(name) == true), TokensOf(listen, web.Services)).InvokeAsync);
        Endpoints.Map(web, manager);
        ApiDescription.Map(web);
        return web;
    }

    private static void ConfigureTcp(ListenOptions listen, TlsFiles? tls)
    {
        // One way of speaking less to watch over; nobody here has so many requests at once that it matters.
        listen.Protocols = HttpProtocols.Http1;
        Limits.LimitConnections(listen);
        if (tls is not null)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.OptionsForHandshake()) });
        }
    }

    /// <summary>JSON is UTF-8 (RFC 8259, 8.1). The framework would try another character set, and take one that it does not know for an error of ours.</summary>
    private static Task RefuseOtherCharacterSets(HttpContext context, RequestDelegate next) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
            ? Problems.NotJson().ExecuteAsync(context)
            : next(context);

    private static KnownTokens? TokensOf(ListenConfiguration listen, IServiceProvider services) =>
        listen.TokenFile is { } file ? new KnownTokens(file, services.GetRequiredService<ILogger<KnownTokens>>()) : null;

    /// <summary>No answer is kept by anybody in between, taken for something else, or shown within another site's page.</summary>
    private static Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        return next(context);
    }
}
