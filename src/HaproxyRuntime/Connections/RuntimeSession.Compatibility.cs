namespace HaproxyRuntime;

/// <content>What the session's process can: asked once, and only when a command depends on it.</content>
public sealed partial class RuntimeSession
{
    private string? _version;

    // Completed when the last command that had to be judged is sent or refused, and all that were given before it.
    private Task _judged = Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var judge = command.Needs.Count > 0 && !Options.IgnoreCompatibility;

        // What is given behind a command that waits for the version is sent behind it too: "add server", then "set server".
        return judge || !Volatile.Read(ref _judged).IsCompleted ? SendInTurnAsync(command, judge, cancel) : SendAsync(command, cancel);
    }

    // One process answers all of a session, so its version is asked for once at most: show info, whoever asks for it, tells it.
    private protected override async Task<string> VersionAsync(CancellationToken cancel)
    {
        if (_version is not { } version)
        {
            // Not by ExecuteAsync, where it would wait for the command that waits for it.
            var process = Parse(RuntimeCommand.ShowInfo, await SendAsync(RuntimeCommand.ShowInfo, cancel).ConfigureAwait(false), ProcessInfo.Parse);
            _version = version = process.Version;
        }

        return version;
    }

    private protected override void Learn(ProcessInfo process) => _version = process.Version;

    private async Task<string> SendInTurnAsync(RuntimeCommand command, bool judge, CancellationToken cancel)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _judged, sent.Task);
        Task<string> answer;
        try
        {
            await before.WaitAsync(cancel).ConfigureAwait(false);
            if (judge && CompatibilityJudge.NeedsExperimentalMode(command, await VersionAsync(cancel).ConfigureAwait(false), Endpoint))
            {
                // Nobody waits for its answer: had it been refused, or not come, the command's own answer would say so.
                _ = SendAsync(CompatibilityJudge.ExperimentalMode, CancellationToken.None).ContinueWith(mode => mode.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            answer = SendAsync(command, cancel);
        }
        finally
        {
            // Whoever gives up, or is refused, lets the next one pass only when those before are sent.
            _ = before.ContinueWith(_ => sent.SetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return await answer.ConfigureAwait(false);
    }
}
