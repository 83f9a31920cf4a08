using DbSwitch.App.Contracts;

namespace DbSwitch.App.Http.OpenApi;

/// <summary>What a route says of itself in <c>/openapi/v1.json</c>.</summary>
internal static class Documented
{
    public static readonly int[] AnyStatus = [401, 403, 429, 503];

    public const string Problem = "application/problem+json";

    /// <param name="id">What a generated client calls it.</param>
    /// <param name="problems">The statuses that it may be answered with beside those that any request may be (<see cref="AnyRequest"/>).</param>
    public static RouteHandlerBuilder As(this RouteHandlerBuilder route, string id, string summary, params int[] problems)
    {
        route.WithName(id).WithSummary(summary);
        foreach (var status in problems)
        {
            route.Produces<ProblemView>(status, Problem);
        }

        return route;
    }

    /// <summary>What any request may be answered with: 401, 403 and 429 before it is looked at what for, and 503 when the manager ends, or its store can't be used.</summary>
    public static RouteGroupBuilder AnyRequest(this RouteGroupBuilder group)
    {
        group.WithTags("v1");
        foreach (var status in AnyStatus)
        {
            group.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemView), [Problem]));
        }

        return group;
    }
}
