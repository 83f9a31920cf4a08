using System.Diagnostics;
using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.Demo.Running;

/// <summary>One program of the demo: our own executable in a process of its own, whose words go to the log under its name.</summary>
internal sealed class DemoPart : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly Process _process;
    private volatile bool _told;

    private DemoPart(string name, Process process, Action<string> say)
    {
        Name = name;
        _process = process;
        Identity = ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, 0);
        Ended = EndAsync(say);
    }

    public string Name { get; }

    public ProcessIdentity Identity { get; }

    /// <summary>Completes with the exit code when it has ended and all that it said is in the log.</summary>
    public Task<int> Ended { get; }

    /// <summary>Whether its end, if it has ended, was our doing.</summary>
    public bool WasToldToEnd => _told;

    public static DemoPart Start(string name, DemoLog log, params string[] arguments)
    {
        var command = ProxyHostLauncher.OwnCommand();

        // The pipe to its standard input stays open, and empty, as long as we live: see PartOfDemo.
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. arguments, PartOfDemo.OptionName])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new DemoPart(name, Process.Start(start)!, line => log.Write(name, line));
    }

    /// <summary>At once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _told = true;
        Identity.Signal(Posix.SigKill);
        await Ended;
    }

    /// <summary>Asks it to end, and kills it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        _told = true;
        Identity.Signal(Posix.SigTerm);
        if (await Task.WhenAny(Ended, Task.Delay(Patience)) != Ended)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task<int> EndAsync(Action<string> say)
    {
        var words = Task.WhenAll(ReadAsync(_process.StandardOutput, say), ReadAsync(_process.StandardError, say));
        await _process.WaitForExitAsync();

        // All has been said when the process is gone; nobody else should have the pipe.
        await Task.WhenAny(words, Task.Delay(TimeSpan.FromSeconds(1)));
        return _process.ExitCode;
    }

    private static async Task ReadAsync(StreamReader from, Action<string> say)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            say(line);
        }
    }
}
