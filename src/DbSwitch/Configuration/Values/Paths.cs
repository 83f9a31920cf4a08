using DbSwitch.Files;

namespace DbSwitch.Configuration.Values;

/// <summary>Paths in the file are relative to the file's own folder, so that it means the same wherever the manager is started.</summary>
internal static class Paths
{
    /// <summary>A regular file, or one that is not there yet: nothing else can be read to its end, and some can't even be opened.</summary>
    public static Func<string, Converted<string>> FileIn(string folder) => text => PathIn(folder, text) switch
    {
        { Problem: null, Value: { } path } when FileFacts.NotRegular(path) is { } other => new Wrong(other),
        var path => path,
    };

    private static Converted<string> PathIn(string folder, string text)
    {
        if (text.StartsWith('~'))
        {
            return new Wrong("begins with ~, which only a shell understands; write ${HOME}");
        }

        if (text.EndsWith('/'))
        {
            return new Wrong("ends with \"/\"; a file is needed, not a directory");
        }

        return Path.GetFullPath(text, folder);
    }

    public static Func<string, Converted<string>> SocketIn(string folder) => text =>
        text.StartsWith("unix:", StringComparison.Ordinal) ? new Wrong("begins with \"unix:\"; write the path alone") : PathIn(folder, text);

    /// <summary>A program: a name alone is looked up in PATH when it is started, anything with a slash is a path.</summary>
    public static Func<string, Converted<string>> ProgramIn(string folder) => text =>
        text.Contains('/', StringComparison.Ordinal) ? FileIn(folder)(text) : text;
}
