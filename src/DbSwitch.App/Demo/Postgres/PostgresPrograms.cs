using System.Diagnostics;
using DbSwitch.App.Demo.Parts;

namespace DbSwitch.App.Demo.Postgres;

/// <summary>PostgreSQL's own programs, run as a user whom they accept: they refuse root.</summary>
internal static class PostgresPrograms
{
    private const string User = "postgres";

    private static string? Folder => Folders().FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "postgres")));

    /// <summary>How to start one of them.</summary>
    /// <exception cref="DemoException">They are not here.</exception>
    public static ProcessStartInfo Start(string program, params string[] arguments)
    {
        var path = Path.Combine(Folder ?? throw new DemoException("PostgreSQL's programs (initdb, postgres) are not here: install PostgreSQL's server."), program);
        return Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", path, .. arguments]) { WorkingDirectory = "/" }
            : new ProcessStartInfo(path, arguments) { WorkingDirectory = "/" };
    }

    /// <summary>Makes a file or a folder theirs.</summary>
    public static Task GiveAsync(string path, CancellationToken cancel) =>
        Environment.IsPrivilegedProcess ? RunAsync(new ProcessStartInfo("chown", [$"{User}:{User}", path]), cancel) : Task.CompletedTask;

    /// <summary>Runs one to its end.</summary>
    /// <exception cref="DemoException">It did not succeed, and what it said.</exception>
    public static async Task RunAsync(ProcessStartInfo start, CancellationToken cancel)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new DemoException($"\"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}\" ended with exit code {process.ExitCode}:{Environment.NewLine}{await output}{await error}".TrimEnd());
        }
    }

    /// <summary>Debian keeps each version in a folder of its own; elsewhere they are in PATH.</summary>
    private static IEnumerable<string> Folders() =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")) : [])
        .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries));
}
