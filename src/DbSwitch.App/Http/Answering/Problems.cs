using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using Microsoft.AspNetCore.Diagnostics;

namespace DbSwitch.App.Http.Answering;

/// <summary>Every answer that is not what was asked for: a stable type, a title, and one sentence with what to do.</summary>
internal static class Problems
{
    /// <summary>The type of the answer to those who are waiting while the manager ends.</summary>
    public const string Ending = "ending";

    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, "not-found", "Not found", detail);

    public static IResult Invalid(string detail) => Of(StatusCodes.Status400BadRequest, "invalid", "The request is not understood", detail);

    public static IResult NotJson() => Of(StatusCodes.Status415UnsupportedMediaType, "invalid", "The request is not understood", "The body must be JSON, in UTF-8 (Content-Type: application/json).");

    public static IResult Forbidden(string detail) => Of(StatusCodes.Status403Forbidden, "forbidden", "This is not allowed here", detail);

    public static IResult Unauthorized(string detail) => Of(StatusCodes.Status401Unauthorized, "unauthorized", "Authentication required", detail);

    public static IResult TooMany(string detail) => Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "Too many requests", detail);

    public static IResult KeyReused(string detail) => Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key", "The key belongs to another request", detail);

    public static IResult InvalidConfiguration(string detail) => Of(StatusCodes.Status422UnprocessableEntity, "invalid-configuration", "The configuration file is wrong", detail);

    public static IResult Unavailable(string detail) => Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "It can't be done now", detail);

    /// <param name="current">What is in force; null where that is no matter of one switch.</param>
    public static IResult Conflict(string detail, SwitchView? current = null) => Of(StatusCodes.Status409Conflict, "conflict", "Something else is in force", detail, current);

    /// <param name="current">What is in force, so that who is refused need not ask.</param>
    public static IResult Of(SwitchoverOutcome.Refused refused, SwitchView current) => refused.Reason switch
    {
        RefusalReason.UnknownTarget => Of(StatusCodes.Status422UnprocessableEntity, "unknown-target", "Unknown target", refused.Message),
        RefusalReason.UnknownProxy => Of(StatusCodes.Status422UnprocessableEntity, "unknown-proxy", "Unknown proxy", refused.Message),
        RefusalReason.Conflict => Conflict(refused.Message, current),
        _ => Of(StatusCodes.Status409Conflict, "refused", "Refused; nothing was touched", refused.Message, current),
    };

    /// <summary>What was thrown, in the same form.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var result = error switch
        {
            BadHttpRequestException { InnerException: JsonException json } => Invalid($"The body can't be read as JSON of this kind: {json.Path ?? "$"} (line {(json.LineNumber ?? 0) + 1}) is unknown, or no value for that key."),
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } when HttpMethods.IsPost(context.Request.Method) && context.Request.ContentLength is null or 0 => Invalid("There is no body; a JSON object is expected."),
            BadHttpRequestException bad => Of(bad.StatusCode, "invalid", "The request is not understood", bad.Message),
            StoreException store => Unavailable(store.Message),
            OperationCanceledException => Of(StatusCodes.Status503ServiceUnavailable, Ending, "The manager is ending", "The manager ends, and this with it. What was begun is undone or finished when it is started again (dbswitch serve)."),
            _ => Of(StatusCodes.Status500InternalServerError, "internal", "The manager met an error of its own", $"{error?.Message}. No proxy was changed by it; the manager's log has more."),
        };
        return result.ExecuteAsync(context);
    }

    /// <summary>What the framework refused with a bare status.</summary>
    public static Task ExplainAsync(HttpContext context)
    {
        var (request, status) = (context.Request, context.Response.StatusCode);
        var result = status switch
        {
            StatusCodes.Status400BadRequest => Invalid($"A value in {request.QueryString} can't be read."),
            StatusCodes.Status404NotFound => NotFound($"There is no {request.Path} here; the API is below /api/v1."),
            StatusCodes.Status405MethodNotAllowed => Of(status, "invalid", "The request is not understood", $"{request.Method} is not for {request.Path}."),
            StatusCodes.Status413PayloadTooLarge => Of(status, "invalid", "The request is not understood", "The body is longer than any that this API takes (64 KiB)."),
            StatusCodes.Status415UnsupportedMediaType => NotJson(),
            _ => Of(status, "invalid", "The request is not understood", $"{request.Method} {request.Path} ended with status {status}."),
        };
        return result.ExecuteAsync(context);
    }

    private static ProblemAnswer Of(int status, string type, string title, string detail, SwitchView? current = null) =>
        new ProblemAnswer(new ProblemView("/problems/" + type, title, status, detail) { Current = current });
}
