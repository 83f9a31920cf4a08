using System.Globalization;

namespace HaproxyRuntime;

/// <summary>
/// The Runtime API of one worker, through its master's socket (<c>@!PID</c>, management guide section 9.4): the only way into a worker that a reload has left over. Thread-safe; a connection of
/// its own for each command. <c>wait</c> does not work here, since the master closes each request behind it. A process that has left, or leaves before it has answered, is
/// <see cref="RuntimeApiError.NoSuchProcess"/>: where an old worker's end is waited for, that is its proof.
/// In an old worker HAProxy answers <see cref="CommandOutcome.ProxyIsDisabled"/> to whatever would change a server; <see cref="RuntimeCommand.ShutdownSession"/> and commands of one's own (Lua) work.
/// </summary>
public sealed class WorkerApi : RuntimeApi
{
    // A process that ends closes its sockets first; the master hears of its end a moment later, and lists it until then.
    private static readonly TimeSpan s_leaving = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(20);

    private readonly MasterClient _master;
    private string? _version;

    internal WorkerApi(MasterClient master, int pid, string? version, RuntimeOptions options)
        : base(master.Endpoint, options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pid);
        (_master, _version, Pid) = (master, version, pid);
    }

    /// <summary>Whose Runtime API.</summary>
    public int Pid { get; }

    /// <inheritdoc/>
    public override async Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Needs.Contains(HaproxyFeature.Wait))
        {
            throw new RuntimeApiException(RuntimeApiError.NotSupported, Endpoint, command, "not sent: a master's socket interrupts every \"wait\"; ask again and again instead");
        }

        var experimental = command.Needs.Count > 0 && !Options.IgnoreCompatibility && await NeedsExperimentalModeAsync(command, cancel).ConfigureAwait(false);
        try
        {
            return await _master.SendAsync(string.Create(CultureInfo.InvariantCulture, $"@!{Pid} "), command, experimental, cancel).ConfigureAwait(false);
        }
        catch (RuntimeApiException e) when (e.Error is RuntimeApiError.TimedOut or RuntimeApiError.CutShort)
        {
            // A master never answers for a worker that is just leaving (seen on 3.2), or cuts its answer.
            if (await IsGoneAsync(e.Error == RuntimeApiError.CutShort ? s_leaving : TimeSpan.Zero, cancel).ConfigureAwait(false))
            {
                throw new RuntimeApiException(RuntimeApiError.NoSuchProcess, Endpoint, command, $"process {Pid} has left before it answered", e.Answer, e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Endpoint} @!{Pid}");

    private protected override async Task<string> VersionAsync(CancellationToken cancel) => _version ?? await base.VersionAsync(cancel).ConfigureAwait(false);

    private protected override void Learn(ProcessInfo process) => _version = process.Version;

    private async Task<bool> NeedsExperimentalModeAsync(RuntimeCommand command, CancellationToken cancel)
    {
        var version = await VersionAsync(cancel).ConfigureAwait(false);
        if (!CompatibilityJudge.NeedsExperimentalMode(command, version, Endpoint))
        {
            return false;
        }

        // Until 2.5 the mode that a master was put to did not reach its workers.
        return HaproxyVersion.Parse(version).IsAtLeast(2, 6)
            ? true
            : throw new RuntimeApiException(RuntimeApiError.NotSupported, Endpoint, command, "not sent: what is experimental can't be had through a master's socket before HAProxy 2.6; use the worker's own");
    }

    // Where the master can't say it either, the first trouble stands.
    private async Task<bool> IsGoneAsync(TimeSpan patience, CancellationToken cancel)
    {
        for (var since = Options.Time.GetTimestamp(); ;)
        {
            try
            {
                if ((await _master.ShowProcessesAsync(cancel).ConfigureAwait(false)).All.All(process => process.Pid != Pid))
                {
                    return true;
                }
            }
            catch (RuntimeApiException)
            {
                return false;
            }

            if (Options.Time.GetElapsedTime(since) >= patience)
            {
                return false;
            }

            await Task.Delay(s_betweenLooks, Options.Time, cancel).ConfigureAwait(false);
        }
    }
}
