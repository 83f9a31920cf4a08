namespace HaproxyRuntime;

/// <summary>The answer to <c>show backend</c>: names, one a line, below the header <c># name</c> (management guide section 9.3).</summary>
internal static class BackendNames
{
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<string> Parse(string answer)
    {
        var lines = new AnswerLines(answer, "show backend");
        lines.Expect("# name");
        var names = new List<string>();
        while (lines.Next())
        {
            names.Add(RuntimeCommand.IsName(lines.Current) ? lines.Current.ToString() : throw new FormatException($"\"{CommandResult.Excerpt(lines.Current.ToString())}\" is no backend's name"));
        }

        return names;
    }
}
