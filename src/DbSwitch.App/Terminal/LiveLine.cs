namespace DbSwitch.App.Terminal;

/// <summary>One line at a terminal that is shown anew in its own place.</summary>
/// <param name="width">Asked each time: windows change.</param>
internal sealed class LiveLine(TextWriter terminal, Func<int> width)
{
    private const string ToBegin = "\r";
    private const string ClearBehind = "\e[K";

    private string? _shown;

    public void Show(string text)
    {
        // A line that wraps could not be gone back to; the last column is left free, since some terminals wrap there already.
        var most = Math.Max(1, width() - 1);
        var cut = text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");
        if (cut != _shown)
        {
            _shown = cut;
            terminal.Write(ToBegin + cut + ClearBehind);
            terminal.Flush();
        }
    }

    /// <summary>Leaves it as it is; what comes next begins below.</summary>
    public void Leave()
    {
        if (_shown is not null)
        {
            _shown = null;
            terminal.WriteLine();
        }
    }
}
