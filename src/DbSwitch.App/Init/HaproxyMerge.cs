using DbSwitch.Doctoring;

namespace DbSwitch.App.Init;

/// <summary>Puts our lines into the sections of a haproxy.cfg that is there. Nothing of it is taken away: what can't stay becomes a comment, and where a section is missing a whole one is added.</summary>
internal sealed class HaproxyMerge
{
    private const string Mark = "# dbswitch: ";
    private const string Begin = "    # dbswitch: from here";
    private const string End = "    # dbswitch: to here";

    private readonly string[] _lines;
    private readonly HaproxyFile _file;

    public HaproxyMerge(string existing) => (_lines, _file) = (existing.TrimEnd('\n').Split('\n'), HaproxyFile.Parse(existing));

    public string Of(InitAnswers answers)
    {
        var frontend = Section(answers.Frontend, "frontend", "listen");
        var backend = Section(answers.Backend, "backend", "listen");
        var result = new List<string>();
        if (!_file.Sections.Any(s => s.Kind == "global"))
        {
            result.AddRange(["global", .. HaproxyText.Global(answers), ""]);
        }

        for (var i = 0; i < _lines.Length; i++)
        {
            var section = _file.Sections.LastOrDefault(s => s.Line <= i);
            result.Add(section is not null && section.Line < i && IsInTheWay(section, backend, _lines[i]) ? "    " + Mark + _lines[i].Trim() : _lines[i]);
            if (section is null || i != section.Line)
            {
                continue;
            }

            if (section.Kind == "global" && section == _file.Sections.Last(s => s.Kind == "global"))
            {
                result.AddRange([Begin, .. HaproxyText.Global(answers).Where(IsNew), End]);
            }

            if (section == frontend)
            {
                result.AddRange([Begin, .. HaproxyText.OfFrontend(answers), End]);
            }

            if (section == backend)
            {
                result.AddRange([Begin, .. HaproxyText.OfBackend(answers), End]);
            }
        }

        if (frontend is null)
        {
            result.AddRange(["", $"frontend {answers.Frontend}", "    mode tcp", "    option tcplog", $"    bind {answers.Clients}", "    timeout client 30m", .. HaproxyText.OfFrontend(answers), $"    default_backend {answers.Backend}"]);
        }

        if (backend is null)
        {
            result.AddRange(["", $"backend {answers.Backend}", "    mode tcp", "    timeout server 30m", .. HaproxyText.OfBackend(answers)]);
        }

        return string.Join('\n', result) + "\n" + HaproxyText.HopBackend(answers);
    }

    private HaproxySection? Section(string name, params string[] kinds) => _file.Sections.FirstOrDefault(s => kinds.Contains(s.Kind) && s.Name == name);

    // The selected server is added by dbswitch; another algorithm than ours, and longer times, would come last and hold.
    private static bool IsInTheWay(HaproxySection section, HaproxySection? backend, string line) => section == backend
        && (line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["server" or "server-template" or "balance" or "retries", ..] or ["option", "redispatch", ..] or ["timeout", "connect" or "server-fin", ..]);

    // One of theirs is as good.
    private bool IsNew(string line) => line.Trim().Split(' ') switch
    {
        ["stats", "timeout", ..] => !_file.Global.Any(l => l is ["stats", "timeout", ..]),
        ["hard-stop-after", ..] => _file.GlobalWord("hard-stop-after") is null,
        _ => true,
    };
}
