namespace DbSwitch.App.Client;

/// <summary>Why a command can't be carried out, in a sentence for the person who typed it, with its exit code.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
