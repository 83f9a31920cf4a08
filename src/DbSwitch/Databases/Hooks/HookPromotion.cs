using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Databases.Hooks;

/// <summary>
/// A program of the operator's does it: it is called with one word, <c>quiet</c>, <c>undo</c> or <c>promote</c>, and says by its exit code whether that is done (0) or not; why not is the last line of its
/// standard error. What it says is done is verified where the kind can tell.
/// </summary>
/// <param name="verify">Whether the new one is what it shall be, asked after <c>promote</c>.</param>
internal sealed class HookPromotion(string program, PromotionRequest request, Func<CancellationToken, Task> verify) : IPromotion
{
    public IReadOnlyList<string> Notes => [];

    public Task PrepareAsync(CancellationToken cancel) => File.Exists(program)
        ? Task.CompletedTask
        : throw new DatabaseException(Health.Unknown, $"the hook {program} is not there");

    public Task QuietAsync(CancellationToken cancel) => request.Present is null ? Task.CompletedTask : RunAsync("quiet", cancel);

    public Task UndoAsync(CancellationToken cancel) => RunAsync("undo", cancel);

    public async Task FinishAsync(CancellationToken cancel)
    {
        await RunAsync("promote", cancel).ConfigureAwait(false);
        await verify(cancel).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task RunAsync(string step, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, [step]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        Set(start, "DBSWITCH_FROM", request.Present?.Name);
        Set(start, "DBSWITCH_FROM_ADDRESS", request.PresentAddress?.ToString());
        Set(start, "DBSWITCH_TO", request.Next.Name);
        Set(start, "DBSWITCH_TO_ADDRESS", request.NextAddress.ToString());
        Set(start, "DBSWITCH_FORCE", request.Force ? "1" : "0");
        using var process = Start(start);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            // It must not go on while what it began is undone.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw new DatabaseException(Health.Unknown, $"the hook was not done with \"{step}\" in time", e);
        }

        if (process.ExitCode != 0)
        {
            await output.ConfigureAwait(false);
            var last = (await error.ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            throw new DatabaseException(Health.Unknown, string.Create(CultureInfo.InvariantCulture, $"the hook ended \"{step}\" with exit code {process.ExitCode}{(last is null ? "" : $": {last}")}"));
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DatabaseException(Health.Unknown, $"the hook {program} can't be run ({e.Message})", e);
        }
    }

    private static void Set(ProcessStartInfo start, string name, string? value) => start.Environment[name] = value ?? "";
}
