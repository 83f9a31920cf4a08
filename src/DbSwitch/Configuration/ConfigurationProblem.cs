namespace DbSwitch.Configuration;

/// <summary>One mistake in a configuration file, printed in the form that editors and terminals turn into a link: <c>file:line:column: path: what is wrong</c>.</summary>
/// <param name="File">The file as the caller named it.</param>
/// <param name="Line">From 1; 0 when the whole file is meant.</param>
/// <param name="Column">From 1; 0 when the whole file is meant.</param>
/// <param name="Path">The keys that lead there, <c>switches.orders.hold</c>; empty for the file itself.</param>
/// <param name="Message">What is wrong, and where it helps, what to write instead. One line.</param>
public sealed record ConfigurationProblem(string File, int Line, int Column, string Path, string Message)
{
    public override string ToString()
    {
        var where = Line == 0 ? File : $"{File}:{Line}:{Column}";
        return Path.Length == 0 ? $"{where}: {Message}" : $"{where}: {Path}: {Message}";
    }
}
