namespace DbSwitch.App.Demo.Running;

/// <summary>One line that a part has said.</summary>
/// <param name="Time">The clock's timestamp.</param>
internal sealed record DemoLine(string Part, string Text, long Time)
{
    // As wide as the longest name, db-proxy-man.
    private const int Width = 12;

    public string Prefix => $"{Part.PadRight(Width)} |";

    public override string ToString() => $"{Prefix} {Text}".TrimEnd();
}

/// <summary>What all parts say, in one log with a prefix for each part, as docker compose shows it.</summary>
/// <param name="output">Where to print it; null to keep the last of it only.</param>
/// <param name="colours">Whether prefixes are coloured.</param>
internal sealed class DemoLog(TextWriter? output, bool colours, TimeProvider clock)
{
    private const int Kept = 200;
    private const int Bold = 1;

    // The terminal's own cyan, yellow, green, magenta, blue.
    private static readonly int[] Colours = [36, 33, 32, 35, 34];

    private readonly Lock _writing = new();
    private readonly Queue<DemoLine> _last = new();
    private readonly List<string> _parts = [];

    /// <summary>Raised for each line, one at a time.</summary>
    public event Action<DemoLine>? Written;

    public void Write(string part, string text)
    {
        lock (_writing)
        {
            var line = new DemoLine(part, text, clock.GetTimestamp());
            _last.Enqueue(line);
            if (_last.Count > Kept)
            {
                _last.Dequeue();
            }

            Print(line);
            Written?.Invoke(line);
        }
    }

    /// <summary>The last lines, of one part or of all.</summary>
    public IReadOnlyList<DemoLine> Last(int count, string? part = null)
    {
        lock (_writing)
        {
            return [.. _last.Where(l => part is null || l.Part == part).TakeLast(count)];
        }
    }

    private void Print(DemoLine line)
    {
        try
        {
            output?.WriteLine(colours ? $"\e[{ColourOf(line.Part)}m{line.Prefix}\e[0m {line.Text}" : line.ToString());
        }
        catch (IOException)
        {
            // The terminal has gone; its hang-up ends the demo.
        }
    }

    private int ColourOf(string part)
    {
        if (part == Topology.DemoName)
        {
            return Bold;
        }

        if (!_parts.Contains(part))
        {
            _parts.Add(part);
        }

        return Colours[_parts.IndexOf(part) % Colours.Length];
    }
}
