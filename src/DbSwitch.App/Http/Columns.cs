namespace DbSwitch.App.Http;

/// <summary>Columns that line up, without colours, for terminals and pipes alike.</summary>
internal static class Columns
{
    public static IEnumerable<string> Lines(IReadOnlyList<string[]> rows, string indent = "")
    {
        if (rows.Count == 0)
        {
            yield break;
        }

        var widths = Enumerable.Range(0, rows.Max(r => r.Length)).Select(c => rows.Max(r => c < r.Length ? r[c].Length : 0)).ToArray();
        foreach (var row in rows)
        {
            yield return indent + string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd();
        }
    }
}
