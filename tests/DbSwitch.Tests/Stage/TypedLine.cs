using System.Diagnostics;

namespace DbSwitch.Tests.Stage;

/// <summary>Lines as a person types them.</summary>
internal static class TypedLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Runs a line in /bin/sh.</summary>
    /// <returns>All that it printed.</returns>
    public static async Task<string> RunAsync(string line, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec 2>&1; {line}"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var output = await shell.StandardOutput.ReadToEndAsync(limit.Token);
            await shell.WaitForExitAsync(limit.Token);
            return output;
        }
        catch (OperationCanceledException)
        {
            shell.Kill(entireProcessTree: true);
            throw new TimeoutException($"\"{line}\" did not end within {Patience.TotalSeconds} s.");
        }
    }
}
