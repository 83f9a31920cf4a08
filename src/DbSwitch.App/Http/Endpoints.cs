using System.Globalization;
using DbSwitch.App.ProxyHost;
using DbSwitch.Managing;
using DbSwitch.Model;
using DbSwitch.Storage;
using DbSwitch.Switching;
using HaproxyRuntime;

namespace DbSwitch.App.Http;

/// <summary>The HTTP API, <c>/api/v1</c>.</summary>
internal static class Endpoints
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromHours(1);
    private const double LongestHoldSeconds = 3600;
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    /// <param name="starting">The manager, once it is at work: whoever asks earlier waits for it.</param>
    public static void Map(IEndpointRouteBuilder routes, Task<Manager> starting)
    {
        var manager = () => starting.Result;
        routes.MapGet("/healthz", () => Results.Text("ok\n"));
        var api = routes.MapGroup("/api/v1").AddEndpointFilter(async (context, next) =>
        {
            await starting.WaitAsync(context.HttpContext.RequestAborted);
            return await next(context);
        });
        api.MapGet("/switches", (HttpRequest request) =>
        {
            IReadOnlyList<SwitchView> all = [.. manager().Switches.Values.Select(s => View(manager(), s))];
            return WantsText(request) ? Results.Text(StatusText.Of(all)) : Results.Ok(all);
        });
        api.MapGet("/switches/{name}", (string name, HttpRequest request) => WithSwitch(manager(), name, s =>
            WantsText(request) ? Results.Text(StatusText.Of(View(manager(), s))) : Results.Ok(View(manager(), s))));
        api.MapGet("/targets", () => (IReadOnlyList<TargetView>)[.. manager().Switches.Values.SelectMany(Views.Targets)]);
        api.MapGet("/proxies", () => (IReadOnlyList<ProxyView>)[.. manager().Switches.Values.SelectMany(s => Views.Proxies(s, ApiOf(manager()), HostProblemOf(manager())))]);
        api.MapGet("/switches/{name}/history", (string name, int? limit, ISwitchStore store, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, async s => Results.Ok<IReadOnlyList<SwitchoverView>>([.. (await store.HistoryAsync(s.Name, Math.Clamp(limit ?? 50, 1, 1000), cancel)).Select(Views.Of)])));
        api.MapGet("/switches/{name}/switchovers/{id:long}", (string name, long id, ISwitchStore store, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, async s => await store.FindAsync(s.Name, id, cancel) is { } found ? Results.Ok(Views.Of(found)) : Problems.NotFound($"{name} has no switchover {id}.")));
        api.MapDelete("/switches/{name}/switchovers/{id:long}", (string name, long id, HttpContext context, IHostApplicationLifetime lifetime) =>
            WithSwitchAsync(manager(), name, s => AbortAsync(s, id, context, lifetime)));
        api.MapPost("/switches/{name}/switchovers", (string name, string? wait, SwitchoverBody body, HttpContext context, IHostApplicationLifetime lifetime) =>
            WithSwitchAsync(manager(), name, s => SelectAsync(s, body, wait, context, lifetime)));
        api.MapPost("/switches/{name}/pause", (string name, ReasonBody body, HttpContext context, TimeProvider time, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, s => PauseAsync(s, body, context, time, cancel)));
        api.MapPost("/switches/{name}/resume", (string name, HttpContext context, CancellationToken cancel) =>
            WithSwitchAsync(manager(), name, s => ResumeAsync(s, context, cancel)));
        api.MapPost("/switches/{name}/hold", (string name, HoldBody body, HttpContext context, IHostApplicationLifetime lifetime) =>
            WithSwitchAsync(manager(), name, s => HoldAsync(s, body, context, lifetime)));
        api.MapPost("/switches/{name}/release", (string name, HttpContext context, IHostApplicationLifetime lifetime) =>
            WithSwitchAsync(manager(), name, async s => Answer(await s.ReleaseAsync(Caller.NameOf(context), lifetime.ApplicationStopping))));
        api.MapGet("/backup", (HttpContext context, ISwitchStore store, CancellationToken cancel) => BackUpAsync(context, store, cancel));
        api.MapPost("/proxies/{name}/command", (string name, CommandBody body, CancellationToken cancel) => CommandAsync(manager(), name, body, cancel));
    }

    private static async Task<IResult> SelectAsync(DatabaseSwitch one, SwitchoverBody body, string? wait, HttpContext context, IHostApplicationLifetime lifetime)
    {
        if (body.None == (body.Target is not null))
        {
            return Problems.Invalid("Name a target, or set none to true; one of both.");
        }

        if (body.Drain is { } seconds && !(seconds >= 0 && seconds <= LongestDrain.TotalSeconds))
        {
            return Problems.Invalid("drain is a number of seconds from 0 to 3600.");
        }

        var patience = TimeSpan.Zero;
        if (wait is not null && !TryParseWait(wait, out patience))
        {
            return Problems.Invalid("wait is a number of seconds, as in ?wait=30s, up to 7200.");
        }

        var drain = body.Drain is { } d ? TimeSpan.FromSeconds(d) : (TimeSpan?)null;

        var request = new SwitchoverRequest(body.Target, Caller.NameOf(context), body.Reason) { Without = [.. (body.Without ?? []).Distinct()], Force = body.Force };
        if (body.DryRun)
        {
            return Answer(await one.ForeseeAsync(request, body.IfGeneration, drain, context.RequestAborted));
        }

        // Who asked may hang up, and the manager may end: what has begun goes to its end, then or at the next start.
        using var noLonger = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var selecting = one.SelectAsync(request, body.IfGeneration, drain, lifetime.ApplicationStopping);
        await Task.WhenAny(selecting, Task.Delay(patience, noLonger.Token));
        while (!selecting.IsCompleted && one.Running is null)
        {
            // Not journalled yet: there is no id to tell until the guards have said yes.
            await Task.WhenAny(selecting, Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None));
        }

        if (!selecting.IsCompleted && one.Running is { } running)
        {
            var where = $"/api/v1/switches/{one.Name}/switchovers/{running.Id.ToString(CultureInfo.InvariantCulture)}";
            return Results.Accepted(where, new OutcomeView("running", $"{one.Name}: switchover {running.Id} to {running.To ?? "none"} is under way.", Views.Of(running)));
        }

        return Answer(await selecting);
    }

    private static IResult Answer(SwitchoverOutcome outcome) => outcome is SwitchoverOutcome.Refused refused ? Problems.Of(refused) : Results.Ok(Views.Of(outcome));

    private static async Task<IResult> HoldAsync(DatabaseSwitch one, HoldBody body, HttpContext context, IHostApplicationLifetime lifetime) =>
        body.For is > 0 and <= LongestHoldSeconds
            ? Answer(await one.HoldAsync(Caller.NameOf(context), body.Reason, TimeSpan.FromSeconds(body.For), lifetime.ApplicationStopping))
            : Problems.Invalid("for is a number of seconds, more than 0 and at most 3600.");

    private static IResult Answer(HoldOutcome outcome) => outcome switch
    {
        HoldOutcome.Done done => Results.Ok(new MessageView(done.Message, [])),
        HoldOutcome.Refused refused => Problems.Of(refused.Why),
        _ => throw new InvalidOperationException($"{outcome} is no outcome."),
    };

    private static async Task<IResult> AbortAsync(DatabaseSwitch one, long id, HttpContext context, IHostApplicationLifetime lifetime) =>
        await one.AbortAsync(id, Caller.NameOf(context), lifetime.ApplicationStopping) switch
        {
            AbortOutcome.Aborted aborted => Results.Ok(Views.OfEnd(aborted.Record)),
            AbortOutcome.TooLate late => Problems.Conflict(late.Message),
            AbortOutcome.Unknown unknown => Problems.NotFound(unknown.Message),
            var other => throw new InvalidOperationException($"{other} is no outcome."),
        };

    private static async Task<IResult> BackUpAsync(HttpContext context, ISwitchStore store, CancellationToken cancel)
    {
        if (!Caller.IsLocal(context))
        {
            return Problems.Forbidden("Over TCP one may look, and not take the store away. Use the command line on this machine: dbswitch backup FILE.");
        }

        // In memory first: an answer that has begun can't become a problem any more. Years of history are a few megabytes.
        var copy = new MemoryStream();
        await store.BackUpAsync(copy, cancel);
        return Results.Bytes(copy.ToArray(), "application/vnd.sqlite3", "state.db");
    }

    private static async Task<IResult> PauseAsync(DatabaseSwitch one, ReasonBody body, HttpContext context, TimeProvider time, CancellationToken cancel)
    {
        if (await one.PauseAsync(new PauseState(Caller.NameOf(context), body.Reason, time.GetUtcNow()), cancel) is { } refused)
        {
            return Problems.Of(refused);
        }

        return Results.Ok(new MessageView($"{one.Name} is paused: the manager looks and changes nothing until it is resumed. Clients stay with {one.Selection?.Target ?? "none"}; a proxy that restarts serves nothing meanwhile.", []));
    }

    private static async Task<IResult> ResumeAsync(DatabaseSwitch one, HttpContext context, CancellationToken cancel)
    {
        var wasPaused = one.Pause is not null;
        var done = await one.ResumeAsync(Caller.NameOf(context), cancel);
        var clients = one.Selection is { } s ? $"Clients go to {s.Target ?? "none"}." : "";
        return Results.Ok(new MessageView(
            !wasPaused ? $"{one.Name} was not paused. {clients}".TrimEnd()
            : done.Count == 0 ? $"{one.Name} is resumed; every proxy was as it should be. {clients}".TrimEnd()
            : $"{one.Name} is resumed. {clients}".TrimEnd(),
            done));
    }

    private static async Task<IResult> CommandAsync(Manager manager, string name, CommandBody body, CancellationToken cancel)
    {
        if (!manager.Proxies.TryGetValue(name, out var proxy))
        {
            return Problems.NotFound($"There is no proxy {name}. The proxies: {string.Join(", ", manager.Proxies.Keys)}.");
        }

        RuntimeCommand command;
        try
        {
            command = RuntimeCommand.Raw(body.Command);
        }
        catch (ArgumentException e)
        {
            return Problems.Invalid(e.Message);
        }

        var busy = manager.Switches.Values.Where(s => s.Configuration.Proxies.Contains(name) && s.Pause is null).Select(s => s.Name).ToList();
        if (command.ChangesState && busy.Count > 0)
        {
            return Problems.Conflict($"\"{command}\" may change {name}, which the manager keeps for {string.Join(" and ", busy)} and would put back. Pause that first (dbswitch pause), or use dbswitch select.");
        }

        try
        {
            var answer = await new RuntimeClient(proxy.Endpoint).ExecuteAsync(command, cancel);
            return Results.Ok(new CommandAnswer(name, answer));
        }
        catch (RuntimeApiException e)
        {
            return Problems.Unavailable(e.Message);
        }
    }

    private static bool WantsText(HttpRequest request) => request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);

    private static bool TryParseWait(string text, out TimeSpan wait)
    {
        var fine = double.TryParse(text.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestWait.TotalSeconds;
        wait = fine ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return fine;
    }

    private static SwitchView View(Manager manager, DatabaseSwitch one) => Views.Of(one, ApiOf(manager), HostProblemOf(manager));

    private static Func<string, string?> HostProblemOf(Manager manager) => name => HostHealth.ProblemOf(name, manager.Configuration);

    private static Func<string, string> ApiOf(Manager manager) => name => manager.Proxies[name].Endpoint.ToString();

    private static IResult WithSwitch(Manager manager, string name, Func<DatabaseSwitch, IResult> answer) =>
        manager.Switches.TryGetValue(name, out var one) ? answer(one) : NoSwitch(manager, name);

    private static Task<IResult> WithSwitchAsync(Manager manager, string name, Func<DatabaseSwitch, Task<IResult>> answer) =>
        manager.Switches.TryGetValue(name, out var one) ? answer(one) : Task.FromResult(NoSwitch(manager, name));

    private static IResult NoSwitch(Manager manager, string name) => Problems.NotFound($"There is no switch {name}. The switches: {string.Join(", ", manager.Switches.Keys)}.");
}
