using DbSwitch.Configuration;

namespace DbSwitch.App.ExitCodes;

/// <summary>Why a command can't be carried out, in a sentence for the person who typed it, with its exit code.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>Whether each line begins with <c>file:line:column</c>, of which editors and terminals make a link: nothing comes before that.</summary>
    public bool SaysWhere { get; private init; }

    public static CommandException Of(IEnumerable<ConfigurationProblem> problems) => new(ExitCodes.ExitCode.Usage, string.Join(Environment.NewLine, problems)) { SaysWhere = true };
}
