namespace DbSwitch.App.Http.Authentication;

/// <summary>Who asks, and what they may. Decided once for each request (<see cref="Access"/>), before anything else is done with it.</summary>
/// <param name="Name">As the history has it.</param>
internal sealed record Caller(Role Role, string Name)
{
    /// <summary>Of the request that is being answered.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("Nobody has decided who asks.");

    public static string NameOf(HttpContext context) => Of(context).Name;
}
