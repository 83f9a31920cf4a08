namespace HaproxyRuntime;

/// <summary>
/// The socket of an HAProxy's master process (<c>-S</c>, management guide section 9.4): which processes there are, reloads, and each worker's own Runtime API, that of workers left over from
/// reloads included. A connection of its own for each command; thread-safe; holds nothing open.
/// While a master re-executes itself for a reload (milliseconds, on all versions up to 3.0) it refuses connections: <see cref="RuntimeApiError.Unreachable"/>, which can be tried again.
/// </summary>
/// <param name="endpoint">Where it listens.</param>
/// <param name="options">Deadlines and limits, or null for the defaults.</param>
public sealed class MasterClient(RuntimeEndpoint endpoint, RuntimeOptions? options = null)
{
    private static readonly RuntimeCommand s_showProcesses = RuntimeCommand.Raw("show proc");
    private static readonly RuntimeCommand s_reload = RuntimeCommand.Raw("reload");
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(20);

    private readonly RuntimeOptions _options = options ?? new RuntimeOptions();

    /// <summary>Where it listens.</summary>
    public RuntimeEndpoint Endpoint { get; } = endpoint;

    /// <summary><c>show proc</c>: every process there is.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Unreachable"/> also for a moment while the master reloads.</exception>
    public async Task<MasterProcesses> ShowProcessesAsync(CancellationToken cancel = default) =>
        Parse(s_showProcesses, await ExecuteAsync(s_showProcesses, cancel).ConfigureAwait(false), MasterProcesses.Parse);

    /// <summary>Sends one command to the master itself, such as <c>show version</c>, and gives its complete answer, without the empty line that ends it.</summary>
    /// <exception cref="ArgumentException">It is for another process (<c>@…</c>; see <see cref="Worker(int)"/>), or one that has no answer of this kind (<c>reload</c>).</exception>
    /// <exception cref="RuntimeApiException">There was no complete answer.</exception>
    public Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        return command.Text is ['@', ..] || command.Text.Split(' ')[0] is "reload" or "hard-reload"
            ? throw new ArgumentException("The command is not one that the master itself answers.", nameof(command))
            : SendAsync("", command, false, cancel);
    }

    /// <summary>The Runtime API of one worker.</summary>
    /// <param name="pid">From <see cref="ShowProcessesAsync"/>.</param>
    public WorkerApi Worker(int pid) => new(this, pid, null, _options);

    /// <summary>The Runtime API of one worker, whose version is known already.</summary>
    public WorkerApi Worker(MasterProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return process.Kind == MasterProcessKind.Worker ? new WorkerApi(this, process.Pid, process.Version, _options) : throw new ArgumentException($"Process {process.Pid} is no worker.", nameof(process));
    }

    /// <summary>
    /// <c>reload</c>: a new worker with the configuration as it is now; the old one finishes its sessions. From HAProxy 2.7 on the master says how it went; of 2.5 and 2.6, which only close
    /// the connection, <c>show proc</c> tells it afterwards, without HAProxy's words.
    /// </summary>
    /// <param name="within">How long it may take, 30 s unless given: HAProxy reads its whole configuration.</param>
    /// <param name="cancel">Ends the waiting, not the reload.</param>
    /// <exception cref="RuntimeApiException">Its result is unknown (<see cref="RuntimeApiException.OutcomeIsUnknown"/>), or it was not sent.</exception>
    public async Task<ReloadResult> ReloadAsync(TimeSpan? within = null, CancellationToken cancel = default)
    {
        var patience = within ?? TimeSpan.FromSeconds(30);
        var before = (await ShowProcessesAsync(cancel).ConfigureAwait(false)).Master;
        var version = Parse(s_showProcesses, before.Version ?? "", HaproxyVersion.Parse);
        var since = _options.Time.GetTimestamp();
        var exchange = new MasterExchange(Endpoint, _options, s_reload, "", patience, cancel);
        var answer = await exchange.AskAsync("reload\n", _ => false).ConfigureAwait(false);
        return new HaproxyCapabilities(version).Can(HaproxyFeature.MasterReloadResult)
            ? Parse(s_reload, answer.EndsWith("\n\n", StringComparison.Ordinal) ? answer : throw exchange.CutShort(answer), ReloadResult.Parse)
            : await ReadBackAsync(before, patience - _options.Time.GetElapsedTime(since), cancel).ConfigureAwait(false);
    }

    internal async Task<string> SendAsync(string prefix, RuntimeCommand command, bool experimental, CancellationToken cancel)
    {
        var about = prefix.Length > 0 ? $"{prefix.TrimEnd()}: " : "";
        var exchange = new MasterExchange(Endpoint, _options, command, about, _options.AnswerTimeout, cancel);
        var mode = experimental ? CompatibilityJudge.ExperimentalMode.Text + "\n" : "";
        var prompts = experimental ? 2 : 1;
        var text = await exchange.AskAsync($"prompt\n{mode}{prefix}{command.Text}\nquit\n", bytes => MasterFraming.IsFinal(bytes.Span, prompts)).ConfigureAwait(false);
        var (answer, error, problem) = MasterFraming.Read(text, prompts);
        return error is { } kind ? throw new RuntimeApiException(kind, Endpoint, command, about + problem, answer) : answer;
    }

    // 2.6 closes at once, then re-executes itself, refusing connections meanwhile. Its counter of reloads tells when it has done so.
    private async Task<ReloadResult> ReadBackAsync(MasterProcess before, TimeSpan patience, CancellationToken cancel)
    {
        for (var since = _options.Time.GetTimestamp(); before.FailedReloads is not null && _options.Time.GetElapsedTime(since) < patience;)
        {
            try
            {
                var now = (await ShowProcessesAsync(cancel).ConfigureAwait(false)).Master;
                if (now.Reloads != before.Reloads)
                {
                    return new ReloadResult(now.FailedReloads > 0 ? ReloadOutcome.Failed : ReloadOutcome.Succeeded, "");
                }
            }
            catch (RuntimeApiException e) when (e.CanRetry)
            {
                // It is not back yet.
            }

            await Task.Delay(s_betweenTries, _options.Time, cancel).ConfigureAwait(false);
        }

        return new ReloadResult(ReloadOutcome.NotTold, "");
    }

    private T Parse<T>(RuntimeCommand command, string answer, Func<string, T> parse)
    {
        try
        {
            return parse(answer);
        }
        catch (FormatException e)
        {
            throw CommandResult.Recognize(answer) is { Succeeded: false } known
                ? new RuntimeApiException(RuntimeApiError.Refused, Endpoint, command, known.Answer, answer, e)
                : new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, command, $"the answer is not one of HAProxy's ({e.Message})", answer, e);
        }
    }
}
