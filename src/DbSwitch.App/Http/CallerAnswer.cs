using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Authentication;
using DbSwitch.Managing;

namespace DbSwitch.App.Http;

/// <summary><c>GET /api/v1/caller</c>: who asks, so that the page, or any program, knows beforehand what it may.</summary>
internal static class CallerAnswer
{
    public static IResult Of(Manager manager, HttpContext context)
    {
        var caller = Caller.Of(context);
        return Results.Ok(new CallerView(caller.Name, caller.Role.ToString().ToLowerInvariant(), manager.Configuration.Listen.TokenFile is not null));
    }
}
