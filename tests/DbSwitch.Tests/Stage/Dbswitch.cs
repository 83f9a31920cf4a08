using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Tests.Stage;

/// <summary>The built executable, run as a person or a script runs it. It is ended by <c>timeout</c> even when the tests are killed.</summary>
internal static class Dbswitch
{
    private const int Patience = 30;

    private static readonly string Built = System.IO.Path.Combine(AppContext.BaseDirectory, "dbswitch");
    private static readonly AsyncLocal<string?> Other = new();

    /// <summary>The one that was built with the tests, unless this test wants another.</summary>
    public static string Path => Other.Value ?? Built;

    /// <summary>From here on this test, and what it calls, runs another executable.</summary>
    public static void Use(string executable) => Other.Value = executable;

    /// <summary>What comes before a program so that file permissions hold for it: root's would not be asked.</summary>
    public static IReadOnlyList<string> AsNobody { get; } = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] : [];

    public static Task<CommandEnd> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <param name="before">For example <see cref="AsNobody"/>.</param>
    public static async Task<CommandEnd> RunAsync(IReadOnlyList<string> before, IReadOnlyList<string> arguments)
    {
        using var process = Start(before, arguments);
        return await EndAsync(process);
    }

    /// <summary>Starts a command that is still to be waited for with <see cref="EndAsync"/>.</summary>
    public static Process Start(IReadOnlyList<string> before, IReadOnlyList<string> arguments)
    {
        // In the foreground: a signal to "timeout" reaches the program too.
        var start = new ProcessStartInfo("timeout", ["--kill-after=1", Patience.ToString(CultureInfo.InvariantCulture), .. before, Path, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Remove("DBSWITCH_SERVER");
        return Process.Start(start)!;
    }

    public static async Task<CommandEnd> EndAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return CommandEnd.Of(process.ExitCode, await output, await error);
    }
}
