using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Events;
using DbSwitch.App.Http.OpenApi;
using DbSwitch.App.Http.Switchovers;
using DbSwitch.App.Page;
using DbSwitch.App.Telemetry;
using DbSwitch.Configuration.Values;
using DbSwitch.Doctoring;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;

namespace DbSwitch.App.Http;

/// <summary>The HTTP API, <c>/api/v1</c>: every route, what it is called, and how it may end.</summary>
internal static class Endpoints
{
    private const int LongestHistory = 1000;

    /// <param name="starting">The manager, once it is at work: whoever asks earlier waits for it.</param>
    public static void Map(IEndpointRouteBuilder routes, Task<Manager> starting)
    {
        var manager = () => starting.Result;
        routes.MapGet("/healthz", () => Results.Text("ok\n")).ExcludeFromDescription();
        PageAnswers.Map(routes);
        MetricsEndpoint.Map(routes, starting);
        var api = routes.MapGroup("/api/v1").AnyRequest().AddEndpointFilter(async (context, next) =>
        {
            await starting.WaitAsync(context.HttpContext.RequestAborted);
            return await next(context);
        });
        MapLooking(api, manager);
        MapSwitchovers(api, manager);
        api.MapPost("/switches/{name}/pause", (string name, ReasonBody body, HttpContext context, TimeProvider time, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, s => PauseAnswers.PauseAsync(manager(), s, body, context, time, cancel)))
            .Produces<MessageView>().As("pause", "Look and change nothing until resumed", 400, 404, 409, 413, 415);
        api.MapPost("/switches/{name}/resume", (string name, HttpContext context, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, s => PauseAnswers.ResumeAsync(manager(), s, context, cancel)))
            .Produces<MessageView>().As("resume", "Put back what is kept, and go on", 404, 409);
        api.MapPost("/switches/{name}/hold", (string name, HoldBody body, HttpContext context, HoldAnswers answers) =>
            WithSwitchAsync(manager(), name, s => answers.HoldAsync(manager(), s, body, context)))
            .Produces<MessageView>().As("hold", "Let new connections wait, without a switchover", 400, 404, 409, 413, 415);
        api.MapPost("/switches/{name}/release", (string name, HttpContext context, HoldAnswers answers) =>
            WithSwitchAsync(manager(), name, s => answers.ReleaseAsync(manager(), s, context)))
            .Produces<MessageView>().As("release", "Let those that wait go on", 404, 409);
        api.MapPost("/switches/{name}/proxies/{proxy}/release", (string name, string proxy, HttpContext context, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, s => PauseAnswers.ReleaseProxyAsync(manager(), s, proxy, context, cancel)))
            .Produces<MessageView>().As("releaseProxy", "An operator's word that a proxy may be taken out of the switch", 404, 409, 422);
        api.MapPost("/reload", (ReloadAnswers answers, CancellationToken cancel) => answers.ReloadAsync(cancel))
            .Produces<MessageView>().As("reload", "Read the configuration file again, and say whether it is in force", 409, 422);
        api.MapGet("/backup", BackupAnswer.BackUpAsync)
            .Produces<byte[]>(200, BackupAnswer.ContentType).As("backup", "A consistent copy of the store; for operators");
        api.MapPost("/proxies/{name}/command", (string name, CommandBody body, CancellationToken cancel) => CommandAnswers.AskAsync(manager(), name, body, cancel))
            .Produces<CommandAnswer>().As("sendCommand", "HAProxy's own command; one that changes something only while every switch of the proxy is paused", 400, 404, 409, 413, 415);
    }

    private static void MapLooking(RouteGroupBuilder api, Func<Manager> manager)
    {
        api.MapGet("/switches", (HttpRequest request) =>
        {
            IReadOnlyList<SwitchView> all = [.. manager().Switches.Values.Select(s => Views.Of(manager(), s))];
            return WantsText(request) ? Results.Text(StatusText.Of(all)) : Results.Ok(all);
        }).Produces<IReadOnlyList<SwitchView>>().As("listSwitches", "Every switch");
        api.MapGet("/switches/{name}", (string name, HttpRequest request) => WithSwitch(manager(), name, s =>
            WantsText(request) ? Results.Text(StatusText.Of(Views.Of(manager(), s))) : Results.Ok(Views.Of(manager(), s))))
            .Produces<SwitchView>().As("getSwitch", "One switch: where its clients go, since when, by whom and why; what is wrong", 404);
        api.MapGet("/targets", () => Results.Ok<IReadOnlyList<TargetView>>([.. manager().Switches.Values.SelectMany(s => Views.Targets(s.Snapshot, withNumbers: true))]))
            .Produces<IReadOnlyList<TargetView>>().As("listTargets", "Every target of every switch");
        api.MapGet("/proxies", () => Results.Ok<IReadOnlyList<ProxyView>>([.. manager().Switches.Values.SelectMany(s => Views.Proxies(s.Snapshot, Views.ApiOf(manager()), Views.HostOf(manager())))]))
            .Produces<IReadOnlyList<ProxyView>>().As("listProxies", "Every proxy of every switch");
        api.MapGet("/doctor", async (TimeProvider time, CancellationToken cancel) => Results.Ok(Views.Of(await Doctor.LookAsync(manager(), time, cancel))))
            .Produces<IReadOnlyList<FindingView>>().As("doctor", "What is wrong with the set-up, with the fix; the worst first");
        api.MapGet("/switches/{name}/history", (string name, int? limit, ISwitchStore store, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, async s => Results.Ok<IReadOnlyList<SwitchoverView>>([.. (await store.HistoryAsync(s.Name, Math.Clamp(limit ?? 50, 1, LongestHistory), cancel)).Select(Views.Of)])))
            .Produces<IReadOnlyList<SwitchoverView>>().As("history", "Its switchovers, the latest first", 400, 404);
        api.MapGet("/caller", (HttpContext context) => CallerAnswer.Of(manager(), context))
            .Produces<CallerView>().As("getCaller", "Who asks, and whether they may change anything");
        api.MapGet("/events", EventEndpoint.ListenAsync)
            .Produces<string>(200, EventEndpoint.ContentType).As("listenToEvents", "What changes, at once");
    }

    private static void MapSwitchovers(RouteGroupBuilder api, Func<Manager> manager)
    {
        api.MapPost("/switches/{name}/switchovers", (string name, string? wait, SwitchoverBody body, HttpContext context, SwitchoverAnswers answers) =>
            WithSwitchAsync(manager(), name, s => answers.SelectAsync(manager(), s, body, wait, context)))
            .Produces<OutcomeView>().Produces<OutcomeView>(202).As("startSwitchover", "Select another target, or none", 400, 404, 409, 413, 415, 422);
        api.MapGet("/switches/{name}/switchovers/{id:long}", (string name, long id, ISwitchStore store, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, async s => await store.FindAsync(s.Name, id, cancel) is { } found ? Results.Ok(Views.Of(found)) : Problems.NotFound($"{name} has no switchover {id}.")))
            .Produces<SwitchoverView>().As("getSwitchover", "One switchover, whether it runs or has ended", 404);
        api.MapDelete("/switches/{name}/switchovers/{id:long}", (string name, long id, HttpContext context, SwitchoverAnswers answers) =>
            WithSwitchAsync(manager(), name, s => answers.AbortAsync(manager(), s, id, context)))
            .Produces<OutcomeView>().As("abortSwitchover", "Take it back, until its target is selected", 404, 409);
    }

    private static bool WantsText(HttpRequest request) => request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);

    private static IResult WithSwitch(Manager manager, string name, Func<DatabaseSwitch, IResult> answer) =>
        manager.Switches.TryGetValue(name, out var one) ? answer(one) : NoSwitch(manager, name);

    private static Task<IResult> WithSwitchAsync(Manager manager, string name, Func<DatabaseSwitch, Task<IResult>> answer) =>
        manager.Switches.TryGetValue(name, out var one) ? answer(one) : Task.FromResult(NoSwitch(manager, name));

    private static IResult NoSwitch(Manager manager, string name) => Problems.NotFound($"There is no switch {name}. The switches: {string.Join(", ", manager.Switches.Keys)}{Suggestion.AtEnd(name, manager.Switches.Keys)}");
}
