using static HaproxyRuntime.HaproxyFeature;

namespace HaproxyRuntime;

/// <summary>
/// Which features a command line needs, known by its words, so that a raw command is judged like a typed one. A command that every version since 2.4 has, and that is
/// dangerous in none, needs nothing.
/// </summary>
internal static class CommandNeeds
{
    private static readonly (string[] Words, HaproxyFeature Feature)[] s_commands =
    [
        (["add", "server"], AddServer),
        (["del", "server"], DeleteServer),
        (["wait"], Wait),
        (["add", "backend"], DynamicBackends),
        (["publish", "backend"], DynamicBackends),
        (["unpublish", "backend"], DynamicBackends),
        (["del", "backend"], DynamicBackends),
        (["set", "maxconn", "frontend"], SetFrontendMaxconn),
        (["show", "version"], ShowVersion),
        (["show", "sess", "older"], ShowSessionsOlder),
        (["show", "sess", "server"], ShowSessionsFilters),
        (["show", "sess", "backend"], ShowSessionsFilters),
    ];

    private static readonly (string Word, HaproxyFeature Feature)[] s_serverKeywords =
    [
        ("check", AddServerChecks),
        ("agent-check", AddServerChecks),
        ("ssl", AddServerTls),
        ("init-state", AddServerInitialState),
        ("enabled", AddServerEnabled),
    ];

    public static IReadOnlyList<HaproxyFeature> Of(string line)
    {
        // An escaped letter is that letter to HAProxy.
        var words = line.Replace("\\", "", StringComparison.Ordinal).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        List<HaproxyFeature>? needs = null;
        foreach (var (start, feature) in s_commands)
        {
            if (words.AsSpan().StartsWith(start))
            {
                (needs ??= []).Add(feature);
            }
        }

        switch (needs)
        {
            case [AddServer] when words is [_, _, "help", ..]:
                needs.Add(AddServerHelp);
                break;
            case [AddServer] when words.Length > 4:
                needs.AddRange(s_serverKeywords.Where(keyword => words.AsSpan(4).Contains(keyword.Word)).Select(keyword => keyword.Feature).Distinct());
                break;
            case [Wait] when words is [_, _, "be-removable", ..]:
                needs.Add(WaitBackendRemovable);
                break;
        }

        return needs ?? (IReadOnlyList<HaproxyFeature>)[];
    }
}
