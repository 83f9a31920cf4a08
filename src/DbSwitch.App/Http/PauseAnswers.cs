using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Managing;
using DbSwitch.Model;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.App.Http;

/// <summary><c>POST …/pause</c>, <c>…/resume</c> and <c>…/proxies/NAME/release</c>: what was done, and what clients experience now.</summary>
internal static class PauseAnswers
{
    public static async Task<IResult> PauseAsync(Manager manager, DatabaseSwitch one, ReasonBody body, HttpContext context, TimeProvider time, CancellationToken cancel) =>
        Reasons.Refusal(body.Reason) ?? Answer(manager, one, await one.PauseAsync(new PauseState(Caller.NameOf(context), body.Reason, time.GetUtcNow()), cancel));

    public static async Task<IResult> ResumeAsync(Manager manager, DatabaseSwitch one, HttpContext context, CancellationToken cancel) =>
        Answer(manager, one, await one.ResumeAsync(Caller.NameOf(context), cancel));

    public static async Task<IResult> ReleaseProxyAsync(Manager manager, DatabaseSwitch one, string proxy, HttpContext context, CancellationToken cancel) =>
        Answer(manager, one, await one.ReleaseProxyAsync(proxy, Caller.NameOf(context), cancel));

    private static IResult Answer(Manager manager, DatabaseSwitch one, RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Done done => Results.Ok(new MessageView(done.Message, done.PutBack)),
        RequestOutcome.Refused refused => Problems.Of(refused.Why, Views.Of(manager, one)),
        _ => throw new InvalidOperationException($"{outcome} is no outcome."),
    };
}
