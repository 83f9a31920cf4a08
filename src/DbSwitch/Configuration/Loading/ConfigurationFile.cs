using DbSwitch.Configuration.Binding;
using DbSwitch.Configuration.Checks;
using DbSwitch.Configuration.Source;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Loading;

/// <summary>
/// Reads <c>dbswitch.yaml</c>: file → text → node tree → records → checks across them, collecting problems all the way.
/// Whatever the file holds, the answer is a result and never an exception: a reload with a bad file must leave the manager running.
/// </summary>
public static class ConfigurationFile
{
    /// <summary>Far above any real file, far below what would make a mistaken path (a log, a database) felt.</summary>
    public const int LargestFile = 1024 * 1024;

    /// <param name="path">The file; problems name it as given here.</param>
    /// <param name="environment">Looks up the variables of <c>${NAME}</c>; null means not set.</param>
    /// <param name="databases">The kinds of databases that the file may have.</param>
    public static ConfigurationResult Load(string path, Func<string, string?> environment, DatabaseBinders databases)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(environment);
        return FileContent.TryRead(path, LargestFile, out var content, out var problem)
            ? Read(content, path, environment, databases)
            : ConfigurationResult.Invalid([new ConfigurationProblem(path, 0, 0, "", problem)]);
    }

    /// <summary>Where its manager listens, and no more: a command reaches the manager also while the rest of the file is being edited. Null when it doesn't say.</summary>
    /// <param name="path">The file; problems name it as given here.</param>
    /// <param name="environment">Looks up the variables of <c>${NAME}</c>; null means not set.</param>
    /// <param name="problems">What is wrong with the file as YAML, or with its <c>listen:</c>; empty exactly when something is returned.</param>
    public static ListenConfiguration? LoadListening(string path, Func<string, string?> environment, out IReadOnlyList<ConfigurationProblem> problems)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(environment);
        if (!FileContent.TryRead(path, LargestFile, out var content, out var unreadable))
        {
            problems = [new ConfigurationProblem(path, 0, 0, "", unreadable)];
            return null;
        }

        var list = new ProblemList(path);
        var listen = Tree(content, list) is { } root ? FileBinder.BindListening(root, new Reading(Path.GetFullPath(path), environment, list)) : null;
        problems = list.InFileOrder();
        return problems.Count == 0 ? listen : null;
    }

    internal static ConfigurationResult Read(byte[] content, string path, Func<string, string?> environment, DatabaseBinders databases)
    {
        var problems = new ProblemList(path);
        if (Tree(content, problems) is { } root)
        {
            var file = Path.GetFullPath(path);
            var reading = new Reading(file, environment, problems);
            var configuration = FileBinder.Bind(root, databases, reading);
            CrossChecks.Run(configuration, problems);
            if (problems.IsEmpty)
            {
                return ConfigurationResult.Valid(configuration);
            }
        }

        return ConfigurationResult.Invalid(problems.InFileOrder());
    }

    private static MapNode? Tree(byte[] content, ProblemList problems)
    {
        if (Utf8.TryDecode(content, out var text, out var at, out var problem))
        {
            return TextCheck.Run(text, problems) ? TreeReader.Read(text, problems) : null;
        }

        problems.Add(at, problem);
        return null;
    }
}
