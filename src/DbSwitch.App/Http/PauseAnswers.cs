using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Managing;
using DbSwitch.Model;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.App.Http;

/// <summary><c>POST …/pause</c> and <c>…/resume</c>: what was done, and what clients experience now.</summary>
internal static class PauseAnswers
{
    public static async Task<IResult> PauseAsync(Manager manager, DatabaseSwitch one, ReasonBody body, HttpContext context, TimeProvider time, CancellationToken cancel) =>
        Reasons.Refusal(body.Reason) ?? Answer(manager, one, await one.PauseAsync(new PauseState(Caller.NameOf(context), body.Reason, time.GetUtcNow()), cancel));

    public static async Task<IResult> ResumeAsync(Manager manager, DatabaseSwitch one, HttpContext context, CancellationToken cancel) =>
        Answer(manager, one, await one.ResumeAsync(Caller.NameOf(context), cancel));

    private static IResult Answer(Manager manager, DatabaseSwitch one, PauseOutcome outcome) => outcome switch
    {
        PauseOutcome.Done done => Results.Ok(new MessageView(done.Message, done.PutBack)),
        PauseOutcome.Refused refused => Problems.Of(refused.Why, Views.Of(manager, one)),
        _ => throw new InvalidOperationException($"{outcome} is no outcome."),
    };
}
