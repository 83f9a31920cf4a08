using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Answering;

namespace DbSwitch.App.Http;

/// <summary><c>POST /reload</c>: the configuration file is read again, and whoever asks hears what became of it.</summary>
internal sealed class ReloadAnswers
{
    private readonly TaskCompletionSource<Func<Task<ReloadOutcome>>> _reload = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What reloads, once the manager is at work.</summary>
    public void Use(Func<Task<ReloadOutcome>> reload) => _reload.TrySetResult(reload);

    public async Task<IResult> ReloadAsync(CancellationToken cancel)
    {
        var reload = await _reload.Task.WaitAsync(cancel);
        var outcome = await reload();
        return outcome switch
        {
            { Refusals.Count: 0 } => Results.Ok(new MessageView($"{outcome.File} is in force.", [])),
            { IsFileWrong: true } => Problems.InvalidConfiguration(string.Join("\n", [.. outcome.Refusals, Kept])),
            _ => Problems.Conflict(string.Join("\n", [.. outcome.Refusals, Kept])),
        };
    }

    private const string Kept = "Not reloaded: the last good configuration stays in force.";
}

/// <param name="Refusals">Sentence by sentence; empty when the file is in force.</param>
/// <param name="IsFileWrong">The file itself is wrong; otherwise it can't take the present one's place now.</param>
internal sealed record ReloadOutcome(string File, IReadOnlyList<string> Refusals, bool IsFileWrong);
