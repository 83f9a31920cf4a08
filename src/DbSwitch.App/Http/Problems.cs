using DbSwitch.Storage;
using DbSwitch.Switching;
using Microsoft.AspNetCore.Diagnostics;

namespace DbSwitch.App.Http;

/// <summary>Every answer that is not what was asked for: a stable type, a title, and one sentence with what to do.</summary>
internal static class Problems
{
    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, "not-found", "There is no such thing", detail);

    public static IResult Invalid(string detail) => Of(StatusCodes.Status400BadRequest, "invalid", "The request is not understood", detail);

    public static IResult Forbidden(string detail) => Of(StatusCodes.Status403Forbidden, "forbidden", "This is not allowed here", detail);

    public static IResult Unavailable(string detail) => Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "It can't be done now", detail);

    public static IResult Conflict(string detail) => Of(StatusCodes.Status409Conflict, "conflict", "Something else is in force", detail);

    public static IResult Of(SwitchoverOutcome.Refused refused) => refused.Reason switch
    {
        RefusalReason.UnknownTarget => Of(StatusCodes.Status422UnprocessableEntity, "unknown-target", "There is no such target", refused.Message),
        RefusalReason.Conflict => Conflict(refused.Message),
        _ => Of(StatusCodes.Status409Conflict, "refused", "Refused; nothing was touched", refused.Message),
    };

    /// <summary>What was thrown, in the same form.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var result = error switch
        {
            BadHttpRequestException bad => Of(bad.StatusCode, "invalid", "The request is not understood", bad.InnerException?.Message ?? bad.Message),
            StoreException store => Unavailable(store.Message),
            _ => Of(StatusCodes.Status500InternalServerError, "internal", "The manager met an error of its own", $"{error?.Message}. No proxy was changed by it; the manager's log has more."),
        };
        return result.ExecuteAsync(context);
    }

    private static IResult Of(int status, string type, string title, string detail) =>
        Results.Json(new ProblemView("/problems/" + type, title, status, detail), ContractsJson.Default.ProblemView, "application/problem+json", status);
}
