using System.Globalization;
using DbSwitch.Hooks;

namespace DbSwitch.Databases.Hooks;

/// <summary>
/// A program of the operator's does it: it is called with one word, <c>quiet</c>, <c>undo</c> or <c>promote</c>, and says by its exit code whether that is done (0) or not; why not is the last line of its
/// standard error. What it says is done is verified where the kind can tell.
/// </summary>
/// <param name="verify">Whether the new one is what it shall be, asked after <c>promote</c>.</param>
internal sealed class HookPromotion(string program, PromotionRequest request, Func<CancellationToken, Task> verify) : IPromotion
{
    public IReadOnlyList<string> Notes => [];

    public string Foreseen => request.Present is { } present
        ? $"the hook {program} would be called: quiet (nothing is written to {present.Name} any more), then promote ({request.Next.Name} takes writes); what becomes of {present.Name} is its matter"
        : $"the hook {program} would be called: promote ({request.Next.Name} takes writes)";

    public Task PrepareAsync(Closure by, CancellationToken cancel) => File.Exists(program)
        ? Task.CompletedTask
        : throw new DatabaseException(Health.Unknown, $"the hook {program} is not there");

    public Task QuietAsync(Closure by, CancellationToken cancel) => request.Present is null ? Task.CompletedTask : RunAsync("quiet", cancel);

    public Task UndoAsync(Closure by, CancellationToken cancel) => RunAsync("undo", cancel);

    public async Task FinishAsync(Closure by, CancellationToken cancel)
    {
        await RunAsync("promote", cancel).ConfigureAwait(false);
        await verify(cancel).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task RunAsync(string step, CancellationToken cancel)
    {
        var environment = new Dictionary<string, string>
        {
            ["DBSWITCH_FROM"] = request.Present?.Name ?? "",
            ["DBSWITCH_FROM_ADDRESS"] = request.PresentAddress?.ToString() ?? "",
            ["DBSWITCH_TO"] = request.Next.Name,
            ["DBSWITCH_TO_ADDRESS"] = request.NextAddress.ToString(),
            ["DBSWITCH_FORCE"] = request.Force ? "1" : "0",
        };
        try
        {
            var end = await HookProgram.RunAsync(program, [step], environment, "", cancel).ConfigureAwait(false);
            if (end.ExitCode != 0)
            {
                throw new DatabaseException(Health.Unknown, string.Create(CultureInfo.InvariantCulture, $"the hook ended \"{step}\" with exit code {end.ExitCode}{(end.LastWords is null ? "" : $": {end.LastWords}")}"));
            }
        }
        catch (OperationCanceledException e)
        {
            // It must not go on while what it began is undone.
            throw new DatabaseException(Health.Unknown, $"the hook was not done with \"{step}\" in time", e);
        }
        catch (HookException e)
        {
            throw new DatabaseException(Health.Unknown, $"the hook {e.Message}", e);
        }
    }
}
