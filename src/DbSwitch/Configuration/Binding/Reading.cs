using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Binding;

/// <summary>What every binder needs.</summary>
/// <param name="File">Absolute path of the file that is read.</param>
internal sealed record Reading(string File, Func<string, string?> Environment, ProblemList Problems)
{
    /// <summary>Relative paths in the file begin here.</summary>
    public string Folder => Path.GetDirectoryName(File) ?? "/";
}
