using System.Globalization;
using DbSwitch.Configuration;

namespace DbSwitch.Gates;

/// <summary>One PgBouncer: looked at, paused and resumed over its admin console.</summary>
internal sealed class Gate(GateConfiguration configuration, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(2);
    private AdminConsole? _open;
    private bool _pausedByUs;

    public GateConfiguration Configuration => configuration;

    public string Name => configuration.Name;

    /// <summary>The latest look; null before the first.</summary>
    public GateLook? Latest { get; private set; }

    private string Database => $"\"{configuration.Database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>One look, which never throws but when cancelled. One at a time.</summary>
    public Task<GateLook> LookAsync(CancellationToken cancel) => LookAsync(false, cancel);

    /// <summary>One look, which never throws but when cancelled. One at a time.</summary>
    /// <param name="tries">Whether it is tried too that it can be paused, which its log shows.</param>
    public async Task<GateLook> LookAsync(bool tries, CancellationToken cancel)
    {
        // Not one that somebody else looks over just now.
        var console = Interlocked.Exchange(ref _open, null);
        try
        {
            var facts = await TimelyAsync(async either =>
            {
                try
                {
                    if (console is not null)
                    {
                        return await ReadAsync(console, tries, either).ConfigureAwait(false);
                    }
                }
                catch (GateException e) when (!e.Refused)
                {
                    // PgBouncer was started again since, or somebody has cut off who was silent for so long: a new connection tells.
                    await console!.DisposeAsync().ConfigureAwait(false);
                }

                console = null;
                console = await AdminConsole.OpenAsync(configuration, either).ConfigureAwait(false);
                return await ReadAsync(console, tries, either).ConfigureAwait(false);
            }, AnswerDeadline, cancel).ConfigureAwait(false);
            (_open, console) = (console, null);
            return Latest = new GateLook(facts, null);
        }
        catch (GateException e)
        {
            return Latest = new GateLook(null, e.Message, e.Gone);
        }
        finally
        {
            if (console is not null)
            {
                await console.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Its clients wait, and none is in the middle of anything.</summary>
    /// <exception cref="GateException">That is not so, and why; it may be paused nevertheless.</exception>
    public async Task PauseAsync(TimeSpan deadline, CancellationToken cancel)
    {
        if (Latest?.Facts is { SharesPort: true } && configuration.SocketFile is null)
        {
            throw new GateException(GateRules.SharedPort) { Refused = true };
        }

        try
        {
            _pausedByUs = true;
            await CommandAsync($"PAUSE {Database}", deadline, cancel).ConfigureAwait(false);
        }
        catch (GateException e) when (!e.Refused && !e.Gone)
        {
            if (configuration.Kill)
            {
                await CommandAsync($"KILL {Database}", AnswerDeadline, cancel).ConfigureAwait(false);
                return;
            }

            var open = (await LookAsync(cancel).ConfigureAwait(false)).Facts?.Open;
            throw new GateException(open is > 0 ? string.Create(CultureInfo.InvariantCulture, $"has not paused within {deadline.TotalSeconds:0.###} s: {open} {(open == 1 ? "transaction is" : "transactions are")} still open") : e.Message, e);
        }
    }

    /// <summary>Its clients go on. Harmless where none waits.</summary>
    /// <exception cref="GateException">They do not, and why.</exception>
    public async Task ResumeAsync(CancellationToken cancel)
    {
        try
        {
            await CommandAsync($"RESUME {Database}", AnswerDeadline, cancel).ConfigureAwait(false);
        }
        catch (GateException e) when (e.Gone)
        {
            // A PgBouncer that ended has no client that waits, and one that is started is not paused.
        }
        catch (GateException e) when (e.Refused && e.Message.Contains("is not paused", StringComparison.Ordinal))
        {
            // After a PAUSE of ours that is odd: it was started again or resumed by hand, or another process answers than the one that was paused.
            if (_pausedByUs && !IsOpen((await LookAsync(cancel).ConfigureAwait(false)).Facts))
            {
                throw new GateException($"says that it is not paused, though it was told to pause: {GateRules.SharedPort}", e);
            }
        }

        _pausedByUs = false;
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _open, null)?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Whether what it tells is proof that no client of the process that was paused waits.</summary>
    private bool IsOpen(GateFacts? facts) => facts is { Paused: false } && (!facts.SharesPort || configuration.SocketFile is not null);

    /// <summary>Over a connection of its own: whatever hangs is left by closing it.</summary>
    private async Task CommandAsync(string command, TimeSpan deadline, CancellationToken cancel) => await TimelyAsync(async either =>
    {
        var console = await AdminConsole.OpenAsync(configuration, either).ConfigureAwait(false);
        await using (console.ConfigureAwait(false))
        {
            return await console.AskAsync(command, either).ConfigureAwait(false);
        }
    }, deadline, cancel).ConfigureAwait(false);

    private async Task<GateFacts> ReadAsync(AdminConsole console, bool tries, CancellationToken cancel)
    {
        var settings = (await console.AskAsync("SHOW CONFIG", cancel).ConfigureAwait(false)).ToDictionary(r => r["key"]!, r => r["value"] ?? "");
        var database = (await console.AskAsync("SHOW DATABASES", cancel).ConfigureAwait(false)).FirstOrDefault(d => d["name"] == configuration.Database)
            ?? throw new GateException($"has no database {configuration.Database} (\"database\" of the gate)") { Refused = true };
        var pools = (await console.AskAsync("SHOW POOLS", cancel).ConfigureAwait(false)).Where(p => p["database"] == configuration.Database).ToList();
        var general = database["pool_mode"] ?? settings.GetValueOrDefault("pool_mode");
        return new GateFacts(
            database["paused"] == "1",
            database["disabled"] == "1",
            settings.GetValueOrDefault("auth_type") == "any" || settings.GetValueOrDefault("admin_users", "").Split(',', StringSplitOptions.TrimEntries).Contains(configuration.User),
            general == "session" || pools.Any(p => p["pool_mode"] == "session"),
            pools.Sum(p => Number(p["sv_active"])),
            TimeSpan.FromSeconds(Number(settings.GetValueOrDefault("server_login_retry"))),
            TimeSpan.FromSeconds(Number(settings.GetValueOrDefault("query_wait_timeout"))))
        {
            SharesPort = settings.GetValueOrDefault("so_reuseport") == "1",
            AllPaused = tries && await AreAllPausedAsync(console, cancel).ConfigureAwait(false),
        };
    }

    /// <summary>
    /// Whether somebody has paused (or suspended) the whole PgBouncer, which its tables do not show and under which it pauses and resumes no single database. Its own console can't be paused: that it says
    /// so, or that all is paused already, changes nothing.
    /// </summary>
    private static async Task<bool> AreAllPausedAsync(AdminConsole console, CancellationToken cancel)
    {
        try
        {
            await console.AskAsync("PAUSE pgbouncer", cancel).ConfigureAwait(false);
            return false;
        }
        catch (GateException e) when (e.Refused)
        {
            return e.Message.Contains("already", StringComparison.Ordinal);
        }
    }

    private async Task<T> TimelyAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan deadline, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new GateException(string.Create(CultureInfo.InvariantCulture, $"has not answered at {configuration.Where} within {deadline.TotalSeconds:0.###} s"), e);
        }
    }

    /// <summary>Newer ones write some with a fraction.</summary>
    private static int Number(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? (int)Math.Ceiling(number) : 0;
}
