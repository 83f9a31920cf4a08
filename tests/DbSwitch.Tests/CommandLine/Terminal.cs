using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DbSwitch.Tests.CommandLine;

/// <summary>The executable at a real terminal: a pseudo-terminal of util-linux's <c>script</c>, of a size of its own. What it shows is read as it comes, and keys are typed into it.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _shown = new();
    private readonly Task _reading;

    private Terminal(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>All that was written to it, with what only a terminal understands.</summary>
    public string Shown
    {
        get
        {
            lock (_shown)
            {
                return _shown.ToString();
            }
        }
    }

    /// <param name="environment">As before a command in a shell: <c>NO_COLOR=1</c>.</param>
    public static Terminal Start(IReadOnlyList<string> arguments, int columns = 80, int rows = 24, string environment = "")
    {
        var command = string.Create(CultureInfo.InvariantCulture, $"stty cols {columns} rows {rows}; echo \"pid $$\"; exec env TERM=xterm {environment} {Quoted(Dbswitch.Path)} {string.Join(' ', arguments.Select(Quoted))}");

        // -f: what it shows comes at once; -e: its exit code.
        var start = new ProcessStartInfo("timeout", ["--kill-after=1", "60", "script", "-qefc", command, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        start.Environment.Remove("DBSWITCH_SERVER");
        start.Environment["SHELL"] = "/bin/sh";
        return new Terminal(Process.Start(start)!);
    }

    /// <summary>What a command shows from its beginning to its end.</summary>
    public static async Task<(int ExitCode, string Shown)> RunAsync(IReadOnlyList<string> arguments, int columns = 80, string environment = "")
    {
        await using var terminal = Start(arguments, columns, environment: environment);
        var exitCode = await terminal.ExitCodeAsync();

        // What .NET itself tells every terminal that it begins with (xterm's keypad_xmit) shows nothing.
        var shown = terminal.Shown.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\e[?1h\e=", "", StringComparison.Ordinal);
        return (exitCode, shown[(shown.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    public async Task ShowsAsync(string text, int times = 1)
    {
        try
        {
            await Until.TrueAsync($"\"{text}\" at the terminal", () => Shown.Split(text).Length > times, 20);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It shows: {Shown[^Math.Min(Shown.Length, 1500)..].Replace("\e", "ESC", StringComparison.Ordinal)}");
        }
    }

    /// <summary>Another size of the window, as when somebody pulls at its corner.</summary>
    public async Task ResizeAsync(int columns, int rows)
    {
        var terminal = new FileInfo($"/proc/{Pid}/fd/1").LinkTarget!;
        await Shell.RunAsync("stty", "-F", terminal, "cols", columns.ToString(CultureInfo.InvariantCulture), "rows", rows.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Keys; Ctrl-C is <c>\x03</c>.</summary>
    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    public void Signal(int signal) => LinuxProcess.Signal(Pid, signal);

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _reading;
        _process.Dispose();
    }

    private int Pid => int.Parse(Shown.Split("pid ")[1].Split('\r')[0], CultureInfo.InvariantCulture);

    private static string Quoted(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_shown)
            {
                _shown.Append(buffer, 0, count);
            }
        }
    }
}
