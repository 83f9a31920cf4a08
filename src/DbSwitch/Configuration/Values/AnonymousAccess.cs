namespace DbSwitch.Configuration.Values;

/// <summary>What everybody may who does not say who they are: look, or nothing.</summary>
internal static class AnonymousAccess
{
    public static Converted<bool?> Read(string text) => text switch
    {
        "look" => (bool?)true,
        "nothing" => (bool?)false,
        _ => new Wrong("is neither look nor nothing"),
    };
}
