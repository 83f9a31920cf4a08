namespace DbSwitch.App.Terminal;

/// <summary>A table that is wider than the terminal: each row as a list of its cells, one below the other, so that nothing wraps into nonsense. What is empty is left out.</summary>
internal static class Records
{
    /// <summary>Where a column has no name: it says what is wrong, if anything.</summary>
    private const string Unnamed = "problem";

    public static IEnumerable<string> Lines(string[] header, IEnumerable<string[]> rows, int width)
    {
        var names = header.Select(h => h.Length > 0 ? h : Unnamed).ToArray();
        var widest = names.Max(n => n.Length);
        var isFirst = true;
        foreach (var row in rows)
        {
            if (!isFirst)
            {
                yield return "";
            }

            isFirst = false;
            foreach (var (name, cell) in names.Zip(row).Where(c => c.Second is not ("" or "-")))
            {
                foreach (var line in Folding.Fold($"{name.PadRight(widest)}  {cell}", width, widest + 2))
                {
                    yield return line;
                }
            }
        }
    }
}
