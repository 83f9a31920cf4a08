using System.Diagnostics;
using System.Text.RegularExpressions;

namespace DbSwitch.Hooks;

/// <summary>
/// The environment of the programs that we start. Ours may hold passwords (<c>${NAME}</c> of dbswitch.yaml), and what a child has it shows: HAProxy to whoever reaches its
/// Runtime API (<c>show env</c>). So a child gets what programs need to run, and what it was given by name; nothing else.
/// </summary>
public static partial class ChildEnvironment
{
    private static readonly string[] Known =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF",
    ];

    /// <summary>Takes away all but what every program may need, and the variables of these names.</summary>
    public static ProcessStartInfo Restrict(ProcessStartInfo start, params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(start);
        HashSet<string> allowed = [.. Known, .. names];
        foreach (var name in start.Environment.Keys.Where(name => !allowed.Contains(name) && !name.StartsWith("LC_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    /// <summary>The variables that a dbswitch.yaml names, for a program of ours that reads it, with those of .NET itself.</summary>
    public static IEnumerable<string> NamedIn(string configurationText) =>
        Variable().Matches(configurationText).Select(match => match.Groups[1].Value).Concat(Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("DOTNET_", StringComparison.Ordinal)));

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
