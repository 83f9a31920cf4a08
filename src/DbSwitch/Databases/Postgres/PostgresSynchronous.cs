using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Databases.Postgres;

/// <summary>For whom a server's commits wait (synchronous_standby_names), and whether so many of them are there. Pure.</summary>
internal static partial class PostgresSynchronous
{
    /// <summary>Why a commit on it would wait for ever, were it the primary with these replicas; null where it would not. Fit to follow "commits on NAME ".</summary>
    public static string? WhyCommitsWait(PostgresFacts facts)
    {
        if (facts.SynchronousNames.Trim().Length == 0 || facts.SynchronousCommit is "off" or "local")
        {
            return null;
        }

        var (needed, names) = Parse(facts.SynchronousNames);
        var there = facts.Standbys.Count(s => s.Streaming && names.Any(n => n == "*" || string.Equals(n, s.Name, StringComparison.OrdinalIgnoreCase)));
        return there >= needed ? null : string.Create(CultureInfo.InvariantCulture, $"wait for replicas that do not stream from it: synchronous_standby_names is '{facts.SynchronousNames}', and {(there == 0 ? "none" : there)} of {(needed == 1 ? "those" : $"the {needed} that are needed")} {(there is 0 or 1 ? "does" : "do")}");
    }

    /// <summary>What to type, as a sentence.</summary>
    public static string Remedy(string name) => $"On {name}: ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf(); (set it back when its replica streams)";

    /// <summary>Of <c>FIRST 2 (a, b)</c>, <c>ANY 1 (a, b)</c>, <c>2 (a, b)</c> and <c>a, b</c>.</summary>
    private static (int Needed, IReadOnlyList<string> Names) Parse(string text)
    {
        var numbered = Numbered().Match(text);
        var list = numbered.Success ? numbered.Groups["list"].Value : text;
        return (numbered.Success ? int.Parse(numbered.Groups["number"].Value, CultureInfo.InvariantCulture) : 1,
            [.. Name().Matches(list).Select(m => m.Groups["quoted"] is { Success: true, Value: var quoted } ? quoted.Replace("\"\"", "\"", StringComparison.Ordinal) : m.Value)]);
    }

    [GeneratedRegex("^\\s*(?:(?:FIRST|ANY)\\s+)?(?<number>[0-9]+)\\s*\\((?<list>.*)\\)\\s*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Numbered();

    [GeneratedRegex("\"(?<quoted>(?:[^\"]|\"\")*)\"|[^\\s,\"]+")]
    private static partial Regex Name();
}
