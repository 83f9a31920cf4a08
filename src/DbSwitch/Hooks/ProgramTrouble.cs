using System.ComponentModel;

namespace DbSwitch.Hooks;

/// <summary>Why a program of the operator's can't be started, by what the system says and by how its file begins (execve(2)).</summary>
internal static class ProgramTrouble
{
    private const int NoSuchFile = 2;
    private const int NoExecutable = 8;
    private const int NotAllowed = 13;
    private const int LongestInterpreter = 256;

    /// <summary>As a part of a sentence, with what to do.</summary>
    public static string Of(string program, Win32Exception error) => error.NativeErrorCode switch
    {
        NoSuchFile when !File.Exists(program) => $"{program} is not there",
        NoSuchFile when FirstLine(program) is { } line && line.EndsWith('\r') => $"{program} can't be run: its lines end as on Windows, so that the program of its first line is not found (sed -i 's/\\r$//' {program})",
        NoSuchFile when FirstLine(program) is { } line && line.StartsWith("#!", StringComparison.Ordinal) => $"{program} can't be run: the program of its first line, {line[2..].Trim()}, is not there",
        NoExecutable => $"{program} can't be run: it is no program, and has no first line that names one (such as #!/bin/sh)",
        NotAllowed => $"{program} can't be run: this user may not execute it (chmod +x {program})",
        _ => $"{program} can't be run (system error {error.NativeErrorCode})",
    };

    private static string? FirstLine(string program)
    {
        try
        {
            using var file = File.OpenRead(program);
            var start = new byte[LongestInterpreter];
            var line = System.Text.Encoding.UTF8.GetString(start, 0, file.Read(start)).Split('\n');
            return line[0];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
