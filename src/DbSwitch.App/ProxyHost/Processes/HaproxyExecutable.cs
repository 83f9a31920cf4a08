using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.Hooks;

namespace DbSwitch.App.ProxyHost.Processes;

/// <summary>HAProxy's executable: where it is, which version, and what it says of a configuration.</summary>
internal sealed partial record HaproxyExecutable(string Path, string Version)
{
    /// <summary>Tells the file from one that takes its place later: when it was written, and how long it is.</summary>
    public string Stamp => StampOf(Path);

    public static string StampOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc:yyyy-MM-dd'T'HH:mm:ss.fffffff}/{file.Length}") : "";
    }

    // An ordinary user's PATH on Debian has no sbin, where HAProxy's package puts it.
    private static readonly string[] UsualDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin", "/usr/local/bin"];

    /// <summary>Finds it and asks for its version.</summary>
    /// <param name="name">A name, looked for in PATH, or a path.</param>
    /// <param name="proxy">The proxy that wants it, for the sentence that says that it is missing.</param>
    /// <exception cref="ProxyHostException">It is not there, or does not run.</exception>
    public static async Task<HaproxyExecutable> FindAsync(string name, string proxy, CancellationToken cancellationToken)
    {
        var path = Candidates(name).FirstOrDefault(IsExecutable)
            ?? throw new ProxyHostException(
                $"HAProxy is missing: there is no executable \"{name}\"{(name.Contains('/', StringComparison.Ordinal) ? "" : " in PATH")}. Install it (apt-get install haproxy, dnf install haproxy, apk add haproxy or brew install haproxy), or set \"haproxy:\" of proxy {proxy} to its path.");
        var (exitCode, output) = await RunAsync(path, ["-v"], cancellationToken);
        var version = VersionLine().Match(output);
        return exitCode == 0 && version.Success
            ? new HaproxyExecutable(path, version.Groups[1].Value)
            : throw new ProxyHostException($"{path} does not seem to be HAProxy: \"{path} -v\" ended with exit code {exitCode} and said \"{FirstLine(output)}\". Set \"haproxy:\" of proxy {proxy} to HAProxy's path.");
    }

    /// <summary>Lets HAProxy check a configuration file (<c>-c</c>); it must inherit the listening sockets for that.</summary>
    /// <returns>Null when it is good; otherwise what HAProxy says.</returns>
    public async Task<string?> CheckAsync(string file, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(Path, ["-c", "-f", file], cancellationToken);
        return exitCode == 0 ? null : output.Trim();
    }

    private static IEnumerable<string> Candidates(string name) => name.Contains('/', StringComparison.Ordinal)
        ? [System.IO.Path.GetFullPath(name)]
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(UsualDirectories)
            .Select(directory => System.IO.Path.Combine(directory, name));

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static async Task<(int ExitCode, string Output)> RunAsync(string path, string[] arguments, CancellationToken cancellationToken)
    {
        // A host name in extra: may make HAProxy ask a name server that does not answer.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        Process? process = null;
        try
        {
            process = Process.Start(ChildEnvironment.Restrict(new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true }))!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await errors + await output);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process?.Kill();
            return (-1, $"{path} {string.Join(' ', arguments)} did not end within 30 s.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
        finally
        {
            process?.Dispose();
        }
    }

    private static string FirstLine(string text) => text.Trim().Split('\n')[0];

    [GeneratedRegex(@"HA-?Proxy version (\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex VersionLine();
}
