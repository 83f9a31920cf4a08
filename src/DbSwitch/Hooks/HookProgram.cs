using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using DbSwitch.Model;

namespace DbSwitch.Hooks;

/// <summary>Runs a program of the operator's: the one way in which this product does.</summary>
public static class HookProgram
{
    /// <summary>Of what it says, the end is kept: the last words are those that count.</summary>
    private const int MostKept = 4096;

    /// <summary>A child that it left behind may hold its outputs open for ever.</summary>
    private static readonly TimeSpan OutputPatience = TimeSpan.FromMilliseconds(500);

    /// <param name="environment">Beside what every program gets (<see cref="ChildEnvironment"/>).</param>
    /// <param name="input">What it can read on standard input; it need not.</param>
    /// <exception cref="HookException">It can't be run.</exception>
    /// <exception cref="OperationCanceledException">It was not done in time, and was killed, with all that it had started.</exception>
    public static async Task<HookEnd> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string input, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var start = ChildEnvironment.Restrict(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true });
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        var writing = WriteAsync(process.StandardInput, input);
        var (output, error) = (LastOfAsync(process.StandardOutput), LastOfAsync(process.StandardError));
        try
        {
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        await Task.WhenAny(Task.WhenAll(output, error, writing), Task.Delay(OutputPatience, CancellationToken.None)).ConfigureAwait(false);
        return new HookEnd(process.ExitCode, error.IsCompletedSuccessfully ? LastLine(await error.ConfigureAwait(false)) : null);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new HookException(ProgramTrouble.Of(start.FileName, e), e);
        }
    }

    private static async Task WriteAsync(StreamWriter standardInput, string input)
    {
        try
        {
            await using (standardInput.ConfigureAwait(false))
            {
                await standardInput.WriteAsync(input).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // It does not want to know, or has ended.
        }
    }

    private static async Task<string> LastOfAsync(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[1024];
        try
        {
            while (await reader.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
            {
                kept.Append(buffer, 0, count);
                kept.Remove(0, Math.Max(0, kept.Length - MostKept));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It was left, with an output that somebody else holds open.
        }

        return kept.ToString();
    }

    // It goes into a sentence, a log and the history: one line, without anything that a terminal would act upon.
    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line
        ? string.Concat(PlainText.Of(line).Take(300))
        : null;
}

/// <param name="LastWords">The last line of its standard error; null for none.</param>
public sealed record HookEnd(int ExitCode, string? LastWords);

/// <summary>The program can't be run, and why, as a part of a sentence.</summary>
public sealed class HookException(string message, Exception inner) : Exception(message, inner);
