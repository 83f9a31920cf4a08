using DbSwitch.App.Client;
using DbSwitch.App.Demo.Parts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.Demo.Running;

/// <summary>
/// One demo at a time in a checkout. What says so is a lock, which the system releases with the process; a marker that is found with the lock in hand was left
/// behind by a demo that was killed.
/// </summary>
internal sealed class DemoClaim : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private readonly FileStream? _lock;

    private DemoClaim(FileStream? held) => _lock = held;

    /// <exception cref="CommandException">Another demo of this checkout runs.</exception>
    public static DemoClaim Take()
    {
        if (DemoMarker.Path is not { } marker)
        {
            // Not from a checkout: nobody looks for this demo, and the ports alone keep two apart.
            return new DemoClaim(null);
        }

        var directory = Path.GetDirectoryName(marker)!;
        try
        {
            Directory.CreateDirectory(directory);
            return new DemoClaim(new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CommandException(ExitCode.Usage, $"The demo can't write to {directory} ({e.Message}): run it as the user that owns the checkout.", e);
        }
        catch (IOException e)
        {
            var who = DemoMarker.Read() is { } running ? $" (process {running.Pid})" : "";
            throw new CommandException(ExitCode.Usage, $"A demo of this checkout runs already{who}: look at it with ./dbswitch status, or end it with q or Ctrl-C in its terminal.", e);
        }
    }

    /// <summary>Ends what a demo that was killed left behind: its HAProxy, which serves on without it, and parts that are still on their way out.</summary>
    /// <returns>Whether there was anything.</returns>
    public static async Task<bool> ClearLeftoversAsync()
    {
        if (DemoMarker.Read() is not { } left || DemoDirectory.Of(left.Socket) is not { } directory)
        {
            return false;
        }

        await DemoProxy.EndAsync(directory);
        var began = TimeProvider.System.GetTimestamp();
        foreach (var part in left.Parts)
        {
            while (part.IsAlive)
            {
                if (TimeProvider.System.GetElapsedTime(began) > Patience)
                {
                    part.Signal(Posix.SigKill);
                }

                await Task.Delay(Pace);
            }
        }

        directory.Remove();
        return true;
    }

    public void Dispose()
    {
        if (_lock is not null)
        {
            // While the lock is held, so that it is never a successor's marker that goes. The lock file stays: removing it would let two hold it.
            File.Delete(DemoMarker.Path!);
            _lock.Dispose();
        }
    }
}
