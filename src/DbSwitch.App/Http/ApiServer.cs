using System.Net;
using System.Text.Json.Serialization;
using DbSwitch.App.Http.Authentication;
using DbSwitch.App.Http.Events;
using DbSwitch.App.Logging;
using DbSwitch.Configuration;
using DbSwitch.Managing;
using DbSwitch.Storage;

namespace DbSwitch.App.Http;

/// <summary>The web server of the manager: where it listens, what it takes from whom, and what it answers with.</summary>
internal static class ApiServer
{
    /// <param name="manager">The manager, once it is at work.</param>
    public static WebApplication Build(DbSwitchConfiguration configuration, ISwitchStore store, Task<Manager> manager)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // What can't be started is said once, in our words.
        LineFormatter.Use(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.ListenUnixSocket(configuration.Listen.UnixSocket);
            if (configuration.Listen.Http is { } http)
            {
                kestrel.Listen(IPAddress.Parse(http.Host), http.Port);
            }
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.AllowDuplicateProperties = false;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<EventHub>();
        builder.Services.AddSingleton<EventSource>();
        var web = builder.Build();

        // Only now: who makes the events logs, too.
        web.Services.GetRequiredService<ILoggerFactory>().AddProvider(new EventLogger(web.Services.GetRequiredService<EventSource>(), TimeProvider.System));
        web.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.WriteAsync, SuppressDiagnosticsCallback = c => c.Exception is BadHttpRequestException or StoreException });
        web.UseStatusCodePages(context => Problems.ExplainAsync(context.HttpContext));
        web.Use((context, next) => Caller.IsLocal(context) ? next(context)
            : !HostCheck.IsAllowed(context.Request) ? Problems.Forbidden("Ask for this by address or as localhost: a name that happens to resolve here is not answered.").ExecuteAsync(context)
            : HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? next(context)
            : Problems.Forbidden("Over TCP one may look, not change. Use the command line on this machine: it speaks over the manager's Unix socket.").ExecuteAsync(context));
        Endpoints.Map(web, manager);
        return web;
    }
}
