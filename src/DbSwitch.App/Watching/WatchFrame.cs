using System.Globalization;
using DbSwitch.App.Http;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.Watching;

/// <summary>What the whole screen shows: where the clients go, what is wrong, and below it what happened. Pure.</summary>
internal static class WatchFrame
{
    private const string Bold = "\e[1m";
    private const string Red = "\e[31m";
    private const string Inverse = "\e[7m";
    private const int LeastHappened = 3;

    public static IReadOnlyList<string> Of(Watched watched, string manager, int width, int height, DateTimeOffset now, bool colours)
    {
        var top = new List<string> { Title(manager, width, now) };
        if (watched.Lost is var (since, why))
        {
            top.AddRange(Paint(Folding.Fold($"No manager since {Time(since)}: {why} What follows is from before. It is asked again every second.", width), Inverse, colours));
        }

        foreach (var one in watched.Switches)
        {
            top.Add("");
            top.AddRange(StatusText.Of(one).TrimEnd('\n').Split('\n').SelectMany((line, i) => Paint(Folding.Fold(line, width), i == 0 ? Bold : line.StartsWith("  !", StringComparison.Ordinal) ? Red : "", colours)));
        }

        // What happened has what room is left, and a few lines in any case.
        var happened = watched.Happened.SelectMany(line => Folding.Fold(line, width)).ToList();
        var room = Math.Min(happened.Count, Math.Max(height - top.Count - 1, Math.Min(LeastHappened, height / 2)));
        var shown = height - (room > 0 ? room + 1 : 0);
        return
        [
            .. top.Count > shown && shown > 0 ? [.. top.Take(shown - 1), Cut("  … the window is too small for more", width)] : top,
            .. room > 0 ? (string[])[new string('-', width), .. happened.TakeLast(room)] : [],
        ];
    }

    private static string Title(string manager, int width, DateTimeOffset now)
    {
        var right = $"{Time(now)}  q ends";
        return Cut($"dbswitch at {manager}".PadRight(Math.Max(0, width - right.Length - 1)) + " " + right, width);
    }

    private static IEnumerable<string> Paint(IEnumerable<string> lines, string colour, bool colours) => colours && colour.Length > 0 ? lines.Select(l => colour + l) : lines;

    private static string Cut(string line, int width) => line.Length <= width ? line : line[..width];

    private static string Time(DateTimeOffset time) => time.LocalDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
