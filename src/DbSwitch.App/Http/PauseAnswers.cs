using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Managing;
using DbSwitch.Model;
using DbSwitch.Switching;

namespace DbSwitch.App.Http;

/// <summary><c>POST …/pause</c> and <c>…/resume</c>: what was done, and what clients experience now.</summary>
internal static class PauseAnswers
{
    public static async Task<IResult> PauseAsync(Manager manager, DatabaseSwitch one, ReasonBody body, HttpContext context, TimeProvider time, CancellationToken cancel)
    {
        if (Reasons.Refusal(body.Reason) is { } refusal)
        {
            return refusal;
        }

        if (await one.PauseAsync(new PauseState(Caller.NameOf(context), body.Reason, time.GetUtcNow()), cancel) is { } held)
        {
            return Problems.Of(held, Views.Of(manager, one));
        }

        return Results.Ok(new MessageView($"{one.Name} is paused: the manager looks and changes nothing until it is resumed. Clients stay with {one.Selection?.Target ?? "none"}; a proxy that restarts serves nothing meanwhile.", []));
    }

    public static async Task<IResult> ResumeAsync(DatabaseSwitch one, HttpContext context, CancellationToken cancel)
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
}
