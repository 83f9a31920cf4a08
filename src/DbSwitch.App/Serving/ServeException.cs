namespace DbSwitch.App.Serving;

/// <summary>Why the manager does not start, with its exit code.</summary>
internal sealed class ServeException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
