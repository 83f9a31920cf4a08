namespace DbSwitch.App.Terminal;

/// <summary>Long lines in as many columns as there are.</summary>
internal static class Folding
{
    /// <summary>Cuts it into lines of at most this width, between words where there are any; what follows is indented by two more than the first.</summary>
    public static IEnumerable<string> Fold(string line, int width)
    {
        var indent = new string(' ', Math.Min(line.Length - line.TrimStart().Length + 2, width / 2));
        while (line.Length > width)
        {
            var least = line.Length - line.TrimStart().Length;
            var at = line.LastIndexOf(' ', width, width - least);
            var cut = at > least ? at : width;
            yield return line[..cut].TrimEnd();
            line = indent + line[cut..].TrimStart();
        }

        yield return line;
    }
}
