namespace HaproxyRuntime;

/// <content>What can be asked, each with its typed answer.</content>
public abstract partial class RuntimeApi
{
    /// <summary><c>show info</c>: who the process is.</summary>
    public async Task<ProcessInfo> ShowInfoAsync(CancellationToken cancel = default)
    {
        var process = Parse(RuntimeCommand.ShowInfo, await ExecuteAsync(RuntimeCommand.ShowInfo, cancel).ConfigureAwait(false), ProcessInfo.Parse);
        Learn(process);
        return process;
    }

    /// <summary><c>show cli level</c>: <c>user</c>, <c>operator</c> or <c>admin</c>.</summary>
    public async Task<string> ShowCliLevelAsync(CancellationToken cancel = default) =>
        Parse(
            RuntimeCommand.ShowCliLevel,
            await ExecuteAsync(RuntimeCommand.ShowCliLevel, cancel).ConfigureAwait(false),
            answer => answer.Trim() is "user" or "operator" or "admin" ? answer.Trim() : throw new FormatException($"\"{CommandResult.Excerpt(answer)}\" is no level"));

    /// <summary><c>show servers state BACKEND</c>: its servers, none for an empty backend.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such backend.</exception>
    public async Task<IReadOnlyList<ServerState>> ShowServersStateAsync(string backend, CancellationToken cancel = default)
    {
        var command = RuntimeCommand.ShowServersState(backend);
        return Parse(command, await ExecuteAsync(command, cancel).ConfigureAwait(false), ServerState.ParseAll);
    }

    /// <summary><c>show sess</c>: every stream of the process, this command's own included.</summary>
    public async Task<IReadOnlyList<SessionState>> ShowSessionsAsync(CancellationToken cancel = default) =>
        Parse(RuntimeCommand.ShowSessions, await ExecuteAsync(RuntimeCommand.ShowSessions, cancel).ConfigureAwait(false), SessionState.ParseAll);
}
