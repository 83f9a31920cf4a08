namespace DbSwitch.Configuration.Values;

/// <summary>Names of switches, proxies and targets: they turn up in commands, URLs, HAProxy's server names and directory names, and must be harmless in all of them.</summary>
internal static class Names
{
    public const int Longest = 60;

    /// <summary>What is wrong with a name, as the end of a sentence, or null.</summary>
    public static string? FindProblem(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return "has a \"/\", which stands between switch and target on the command line";
        }

        if (!char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))
        {
            return "is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit";
        }

        return name.Length > Longest ? $"is longer than {Longest} characters" : null;
    }

    /// <summary>A target can't be called <c>none</c>, in any spelling: that is how people say that no target is meant.</summary>
    public static string? FindTargetProblem(string name) => name.Equals("none", StringComparison.OrdinalIgnoreCase)
        ? "can't be the name of a target: it means that none is selected"
        : FindProblem(name);

    /// <summary>A name that refers to something; whether that is there is checked later.</summary>
    public static Converted<string> Reference(string text) => text;

    /// <summary>HAProxy's own rule for names of proxies (configuration manual, section 4).</summary>
    public static Converted<string> Backend(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':' or '.' or '-')
        ? text
        : new Wrong("is not a backend's name in HAProxy; it has letters, digits, \"_\", \":\", \".\" and \"-\" alone");
}
