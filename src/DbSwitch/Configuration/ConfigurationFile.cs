using DbSwitch.Configuration.Binding;
using DbSwitch.Configuration.Checks;
using DbSwitch.Configuration.Source;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration;

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
    public static ConfigurationResult Load(string path, Func<string, string?> environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(environment);
        return FileContent.TryRead(path, LargestFile, out var content, out var problem)
            ? Read(content, path, environment)
            : ConfigurationResult.Invalid([new ConfigurationProblem(path, 0, 0, "", problem)]);
    }

    internal static ConfigurationResult Read(byte[] content, string path, Func<string, string?> environment)
    {
        var problems = new ProblemList(path);
        if (!Utf8.TryDecode(content, out var text, out var at, out var problem))
        {
            problems.Add(at, problem);
        }
        else if (TextCheck.Run(text, problems) && TreeReader.Read(text, problems) is { } root)
        {
            var file = Path.GetFullPath(path);
            var reading = new Reading(file, environment, problems);
            var configuration = FileBinder.Bind(root, reading);
            CrossChecks.Run(configuration, problems);
            if (problems.IsEmpty)
            {
                return ConfigurationResult.Valid(configuration);
            }
        }

        return ConfigurationResult.Invalid(problems.InFileOrder());
    }
}
