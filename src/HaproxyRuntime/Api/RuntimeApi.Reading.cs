namespace HaproxyRuntime;

/// <content>What can be asked, each with its typed answer (management guide section 9.3).</content>
public abstract partial class RuntimeApi
{
    /// <summary><c>show info</c>: who the process is.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public async Task<ProcessInfo> ShowInfoAsync(CancellationToken cancel = default)
    {
        var process = await ReadAsync(RuntimeCommand.ShowInfo, ProcessInfo.Parse, cancel).ConfigureAwait(false);
        Learn(process);
        return process;
    }

    /// <summary><c>show version</c>: its version.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.NotSupported"/> or <see cref="RuntimeApiError.Refused"/> before HAProxy 2.6, which does not know the command: <see cref="ShowInfoAsync"/> has it too.</exception>
    public Task<HaproxyVersion> ShowVersionAsync(CancellationToken cancel = default) =>
        ReadAsync(RuntimeCommand.ShowVersion, answer => IsOneWord(answer) && HaproxyVersion.TryParse(answer.Trim(), out var version) ? version : throw IsNo(answer, "version"), cancel);

    /// <summary><c>show cli level</c>: <c>user</c>, <c>operator</c> or <c>admin</c>.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<string> ShowCliLevelAsync(CancellationToken cancel = default) =>
        ReadAsync(RuntimeCommand.ShowCliLevel, answer => answer.Trim() is "user" or "operator" or "admin" ? answer.Trim() : throw IsNo(answer, "level"), cancel);

    /// <summary><c>show backend</c>: the names of all backends.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<IReadOnlyList<string>> ShowBackendsAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowBackends, BackendNames.Parse, cancel);

    /// <summary><c>show servers state</c>: the servers of all backends, none where there is none.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<IReadOnlyList<ServerState>> ShowServersStateAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowAllServersState, ServerState.ParseAll, cancel);

    /// <summary><c>show servers state BACKEND</c>: its servers, none for an empty backend.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such backend.</exception>
    public Task<IReadOnlyList<ServerState>> ShowServersStateAsync(string backend, CancellationToken cancel = default) =>
        ReadAsync(RuntimeCommand.ShowServersState(backend), ServerState.ParseAll, cancel);

    /// <summary><c>show servers conn</c>: the connections of the servers of all backends.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<IReadOnlyList<ServerConnections>> ShowServerConnectionsAsync(CancellationToken cancel = default) =>
        ReadAsync(RuntimeCommand.ShowAllServerConnections, ServerConnections.ParseAll, cancel);

    /// <summary><c>show servers conn BACKEND</c>: the connections of its servers.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such backend.</exception>
    public Task<IReadOnlyList<ServerConnections>> ShowServerConnectionsAsync(string backend, CancellationToken cancel = default) =>
        ReadAsync(RuntimeCommand.ShowServerConnections(backend), ServerConnections.ParseAll, cancel);

    /// <summary><c>show sess</c>: every stream of the process, this command's own included.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's: an empty one is none.</exception>
    public Task<IReadOnlyList<SessionState>> ShowSessionsAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowSessions, SessionState.ParseAll, cancel);

    /// <summary>
    /// <c>show sess</c> with a filter. From 3.2 on HAProxy filters, and an empty answer is a complete one: where "nobody is connected" must be proven, rather ask for all
    /// and look yourself, since the answer to that is never empty.
    /// </summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such proxy or server (from 3.2 on; before, nothing is found).</exception>
    public Task<IReadOnlyList<SessionState>> ShowSessionsAsync(SessionFilter filter, CancellationToken cancel = default) =>
        ReadAsync<IReadOnlyList<SessionState>>(RuntimeCommand.ShowSessionsOf(filter), answer => SessionState.ParseSome(answer, filter), cancel);

    /// <summary><c>show errors</c>: the last invalid request and response of each proxy.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> below the level <c>operator</c>.</exception>
    public Task<CapturedErrors> ShowErrorsAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowErrors, CapturedErrors.Parse, cancel);

    private async Task<T> ReadAsync<T>(RuntimeCommand command, Func<string, T> parse, CancellationToken cancel) =>
        Parse(command, await ExecuteAsync(command, cancel).ConfigureAwait(false), parse);

    private static bool IsOneWord(string answer) => !answer.AsSpan().Trim().ContainsAny(" \n");

    private static FormatException IsNo(string answer, string what) => new($"\"{CommandResult.Excerpt(answer)}\" is no {what}");
}
