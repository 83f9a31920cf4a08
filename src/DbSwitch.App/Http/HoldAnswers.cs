using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Managing;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.App.Http;

/// <summary><c>POST …/hold</c> and <c>…/release</c>: what clients experience now.</summary>
internal sealed class HoldAnswers(IHostApplicationLifetime lifetime)
{
    private const double LongestSeconds = 3600;

    // Who asked may hang up: what has begun goes to its end.
    public async Task<IResult> HoldAsync(Manager manager, DatabaseSwitch one, HoldBody body, HttpContext context) =>
        body.For is not (> 0 and <= LongestSeconds) ? Problems.Invalid("for is a number of seconds, more than 0 and at most 3600.")
        : Reasons.Refusal(body.Reason) is { } refusal ? refusal
        : Answer(manager, one, await one.HoldAsync(Caller.NameOf(context), body.Reason, TimeSpan.FromSeconds(body.For), lifetime.ApplicationStopping));

    public async Task<IResult> ReleaseAsync(Manager manager, DatabaseSwitch one, HttpContext context) =>
        Answer(manager, one, await one.ReleaseAsync(Caller.NameOf(context), lifetime.ApplicationStopping));

    private static IResult Answer(Manager manager, DatabaseSwitch one, HoldOutcome outcome) => outcome switch
    {
        HoldOutcome.Done done => Results.Ok(new MessageView(done.Message, [])),
        HoldOutcome.Refused refused => Problems.Of(refused.Why, Views.Of(manager, one)),
        _ => throw new InvalidOperationException($"{outcome} is no outcome."),
    };
}
