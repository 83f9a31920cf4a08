namespace HaproxyRuntime;

/// <content>What the session's process can: asked once, and only when a command depends on it.</content>
public sealed partial class RuntimeSession
{
    private string? _version;

    // One process answers all of a session, so its version is asked for once at most: show info, whoever asks for it, tells it.
    private protected override async Task<string> VersionAsync(CancellationToken cancel) => _version ?? await base.VersionAsync(cancel).ConfigureAwait(false);

    private protected override void Learn(ProcessInfo process) => _version = process.Version;

    private async Task<string> ExecuteJudgedAsync(RuntimeCommand command, CancellationToken cancel)
    {
        var version = await VersionAsync(cancel).ConfigureAwait(false);
        if (CompatibilityJudge.NeedsExperimentalMode(command, version, Endpoint))
        {
            var answer = await SendAsync(CompatibilityJudge.ExperimentalMode, cancel).ConfigureAwait(false);
            if (!string.IsNullOrWhiteSpace(answer))
            {
                throw new RuntimeApiException(RuntimeApiError.Refused, Endpoint, CompatibilityJudge.ExperimentalMode, answer.Trim(), answer);
            }
        }

        return await SendAsync(command, cancel).ConfigureAwait(false);
    }
}
