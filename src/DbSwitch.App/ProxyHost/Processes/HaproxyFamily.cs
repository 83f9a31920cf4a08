using System.Globalization;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Processes;

/// <summary>
/// Every living HAProxy process of one run directory: master, worker, workers left over from reloads, whoever started them. Found by the
/// configuration file in their command lines, so that none is overlooked when master or host died without a word: a forgotten worker
/// would go on sending clients to the old database.
/// </summary>
internal sealed class HaproxyFamily(RunDirectory directory, TimeProvider clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    public IReadOnlyList<ProcessIdentity> Living => [.. Pids().Where(IsOurs).Select(ProcessIdentity.Of).OfType<ProcessIdentity>()];

    /// <summary>The master among them, which is the one that answers the master socket; null when none does.</summary>
    public async Task<ProcessIdentity?> MasterAsync(CancellationToken cancellationToken)
    {
        if (await SocketQuestion.AskMasterAsync(directory.MasterSocket, "show proc", cancellationToken) is not { } answer)
        {
            return null;
        }

        var line = answer.Split('\n').Select(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(words => words is [_, "master", ..]);
        return line is not null && int.TryParse(line[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? Living.FirstOrDefault(process => process.Pid == pid)
            : null;
    }

    /// <summary>Ends all of them: asked first, unless <paramref name="patience"/> is zero, then killed. Returns when none is left.</summary>
    public async Task EndAsync(ProcessIdentity? master, TimeSpan patience)
    {
        var asked = clock.GetTimestamp();
        if (patience > TimeSpan.Zero)
        {
            // The master passes it on to every worker; workers without a master are asked themselves.
            foreach (var process in master is { IsAlive: true } ? [master] : Living)
            {
                process.Signal(Posix.SigTerm);
            }
        }

        for (var living = Living; living.Count > 0; living = Living)
        {
            if (clock.GetElapsedTime(asked) >= patience)
            {
                foreach (var process in living)
                {
                    process.Signal(Posix.SigKill);
                }
            }

            await Task.Delay(Pace, clock, CancellationToken.None);
        }
    }

    private bool IsOurs(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            var file = Array.IndexOf(words, "-f");
            return file >= 0 && file + 1 < words.Length && words[file + 1] == directory.Configuration && words.Contains("-W");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<int> Pids() => !Directory.Exists("/proc")
        ? []
        : Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0);
}
