namespace DbSwitch.Doctoring;

/// <summary>A haproxy.cfg, read as far as we need it: its sections with the words of their lines (manual, section 2). Conditions and environment variables are read as they stand.</summary>
public sealed class HaproxyFile
{
    private static readonly string[] Kinds = ["global", "defaults", "frontend", "backend", "listen", "resolvers", "peers", "userlist", "cache", "program", "ring"];

    private readonly List<HaproxySection> _sections = [];

    private HaproxyFile()
    {
    }

    public IReadOnlyList<HaproxySection> Sections => _sections;

    public IEnumerable<string[]> Global => Of("", "global");

    public IEnumerable<string[]> Defaults => _sections.Where(s => s.Kind == "defaults").SelectMany(s => s.Lines);

    /// <summary>The folder that the worker takes for "/"; null for none.</summary>
    public string? Chroot => GlobalWord("chroot")?.TrimEnd('/');

    /// <summary>As whom the worker runs, where it is started as root; null when that is said nowhere.</summary>
    public string? User => GlobalWord("user");

    public string? Group => GlobalWord("group");

    /// <summary>The Unix sockets of its Runtime API that are of level admin.</summary>
    public IEnumerable<string> AdminSockets => Global
        .Where(l => l is ["stats", "socket", _, ..] && LevelOf(l) == "admin")
        .Select(l => l[2].StartsWith("unix@", StringComparison.Ordinal) ? l[2]["unix@".Length..] : l[2])
        .Where(path => path.StartsWith('/'));

    /// <summary>The line that is last of this word in global: what follows the word.</summary>
    public string? GlobalWord(string word) => Global.LastOrDefault(l => l.Length > 1 && l[0] == word)?[1];

    /// <summary>The file that the companion script was told to keep its generations in.</summary>
    public string? Generations => Global.LastOrDefault(l => l is ["setenv" or "presetenv", "DBSWITCH_GENERATIONS", _, ..])?[2];

    public IEnumerable<string[]> Of(string name, params string[] kinds) => _sections.Where(s => kinds.Contains(s.Kind) && (name.Length == 0 || s.Name == name)).SelectMany(s => s.Lines);

    public static HaproxyFile Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var file = new HaproxyFile();
        foreach (var (line, number) in text.Split('\n').Select((l, i) => (l, i)))
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('"', '\'')).ToArray();
            if (words.Length > 0 && Kinds.Contains(words[0]) && !char.IsWhiteSpace(line[0]))
            {
                file._sections.Add(new HaproxySection(words[0], words.Length > 1 ? words[1] : "", number, []));
            }
            else if (words.Length > 0 && file._sections.Count > 0)
            {
                file._sections[^1].Lines.Add(words);
            }
        }

        return file;
    }

    private static string? LevelOf(string[] line) => Array.IndexOf(line, "level") is > 0 and var at && at + 1 < line.Length ? line[at + 1] : null;
}

/// <param name="Line">Of its header, from 0.</param>
/// <param name="Lines">The words of each line that has some.</param>
public sealed record HaproxySection(string Kind, string Name, int Line, List<string[]> Lines);
