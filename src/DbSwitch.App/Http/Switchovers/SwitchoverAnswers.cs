using System.Globalization;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.App.Http.Switchovers;

/// <summary><c>POST …/switchovers</c> and <c>DELETE …/switchovers/ID</c>.</summary>
internal sealed class SwitchoverAnswers(IdempotencyKeys keys, IHostApplicationLifetime lifetime)
{
    private const string KeyHeader = "Idempotency-Key";
    private static readonly TimeSpan LongestDrain = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    public async Task<IResult> SelectAsync(Manager manager, DatabaseSwitch one, SwitchoverBody body, string? wait, HttpContext context)
    {
        var key = context.Request.Headers[KeyHeader];
        if (Refusal(body, wait, key.Count == 0 ? null : key.ToString(), out var patience) is { } refusal)
        {
            return refusal;
        }

        var drain = body.Drain is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var request = new SwitchoverRequest(body.Target, Caller.NameOf(context), body.Reason) { Without = [.. (body.Without ?? []).Distinct()], Force = body.Force };
        if (body.DryRun)
        {
            return Answer(manager, one, await one.ForeseeAsync(request, body.IfGeneration, drain, context.RequestAborted));
        }

        // Who asked may hang up, and the manager may end: what has begun goes to its end, then or at the next start.
        Task<SwitchoverOutcome> Begin() => one.SelectAsync(request, body.IfGeneration, drain, lifetime.ApplicationStopping);
        var selecting = key.Count == 0 ? Begin() : keys.Join(new IdempotencyKeys.Key(one.Name, request.By, key.ToString()), JsonSerializer.Serialize(body, ContractsJson.Default.SwitchoverBody), Begin);
        if (selecting is null)
        {
            return Problems.KeyReused($"{KeyHeader} {key} was sent before with another body. A new request needs a new key.");
        }

        using var noLonger = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await Task.WhenAny(selecting, Task.Delay(patience, noLonger.Token));
        while (!selecting.IsCompleted && one.Snapshot.Running is null)
        {
            // Not journalled yet: there is no id to tell until the guards have said yes.
            await Task.WhenAny(selecting, Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None));
        }

        if (!selecting.IsCompleted && one.Snapshot is { Running: { } running } now)
        {
            var where = $"/api/v1/switches/{one.Name}/switchovers/{running.Id.ToString(CultureInfo.InvariantCulture)}";
            return Results.Accepted(where, new OutcomeView("running", $"{one.Name}: switchover {running.Id} to {running.To ?? "none"} is under way.", Views.Of(running) with { Phase = Views.Word(now.Phase) }));
        }

        return Answer(manager, one, await selecting);
    }

    public async Task<IResult> AbortAsync(Manager manager, DatabaseSwitch one, long id, HttpContext context) =>
        await one.AbortAsync(id, Caller.NameOf(context), lifetime.ApplicationStopping) switch
        {
            AbortOutcome.Aborted aborted => Results.Ok(Views.OfEnd(aborted.Record)),
            AbortOutcome.TooLate late => Problems.Conflict(late.Message, Views.Of(manager, one)),
            AbortOutcome.Unknown unknown => Problems.NotFound(unknown.Message),
            var other => throw new InvalidOperationException($"{other} is no outcome."),
        };

    private static IResult Answer(Manager manager, DatabaseSwitch one, SwitchoverOutcome outcome) =>
        outcome is SwitchoverOutcome.Refused refused ? Problems.Of(refused, Views.Of(manager, one)) : Results.Ok(Views.Of(outcome));

    /// <returns>What is wrong with the request itself; null when nothing is.</returns>
    private static IResult? Refusal(SwitchoverBody body, string? wait, string? key, out TimeSpan patience)
    {
        patience = TimeSpan.Zero;
        return body.None == (body.Target is not null) ? Problems.Invalid("Name a target or set none to true, not both.")
            : body.Drain is { } seconds && !(seconds >= 0 && seconds <= LongestDrain.TotalSeconds) ? Problems.Invalid("drain is a number of seconds from 0 to 3600.")
            : wait is not null && !TryParseWait(wait, out patience) ? Problems.Invalid("wait is a number of seconds, as in ?wait=30s, up to 7200.")
            : key is not null && !IdempotencyKeys.IsKey(key) ? Problems.Invalid($"{KeyHeader} is one word of at most {IdempotencyKeys.LongestKey} visible ASCII characters.")
            : Reasons.Refusal(body.Reason);
    }

    private static bool TryParseWait(string text, out TimeSpan wait)
    {
        var fine = double.TryParse(text.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestWait.TotalSeconds;
        wait = fine ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return fine;
    }
}
