namespace DbSwitch.Configuration.Values;

/// <summary>Yes or no, in YAML's own words. Not "yes", "on" or "1": whoever reads the file must not have to know which of them count.</summary>
internal static class Booleans
{
    public static Converted<bool> Read(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ => new Wrong("is neither true nor false"),
    };
}
