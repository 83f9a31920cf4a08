namespace DbSwitch.App.Terminal;

/// <summary>Long lines in as many columns as there are.</summary>
internal static class Folding
{
    /// <summary>Cuts it into lines of at most this width, between words where there are any; what follows is indented by two more than the first.</summary>
    public static IEnumerable<string> Fold(string line, int width) => Fold(line, width, line.Length - line.TrimStart().Length + 2);

    /// <param name="indent">Of what follows.</param>
    public static IEnumerable<string> Fold(string line, int width, int indent)
    {
        var blanks = new string(' ', Math.Min(indent, width / 2));
        var least = line.Length - line.TrimStart().Length;
        while (line.Length > width)
        {
            var at = line.LastIndexOf(' ', width, width - least);
            var cut = at > least ? at : width;
            yield return line[..cut].TrimEnd();
            line = blanks + line[cut..].TrimStart();
            least = blanks.Length;
        }

        yield return line;
    }
}
