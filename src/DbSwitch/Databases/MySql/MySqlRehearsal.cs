using System.Globalization;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.MySql;

/// <summary>
/// What the switchover will need of both databases, tried while clients are served: a row of ours is written to the old one, and the time is taken until it is on the new one. That is how far it is
/// behind; what a replica says of that itself (Seconds_Behind) is 0 also when its primary hangs.
/// </summary>
internal sealed class MySqlRehearsal(string presentName, MySqlSession present, string nextName, MySqlSession next, string identity, MySqlDatabase settings, TimeProvider time)
{
    public const string Name = "rehearsal";

    /// <returns>What was found; it never fails but when cancelled.</returns>
    public async Task<Guard> RunAsync(Closure by, CancellationToken cancel)
    {
        string position;
        try
        {
            await MySqlNote.CreateTableAsync(present, cancel).ConfigureAwait(false);
            await MySqlNote.WriteLiveAsync(present, by, identity, "rehearses a switchover", cancel).ConfigureAwait(false);
            position = await MySqlCatchUp.PositionAsync(present, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e)
        {
            return No($"{presentName} can't write to dbswitch.note: it {e.Message}") with { Next = $"On {presentName}: GRANT ALL ON dbswitch.* TO {settings.User};" };
        }

        var since = time.GetTimestamp();
        using var timer = new CancellationTokenSource(settings.MaxDelay + TimeSpan.FromMilliseconds(100), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            await MySqlCatchUp.WaitAsync(next, position, either.Token).ConfigureAwait(false);
            return time.GetElapsedTime(since) is var took && took <= settings.MaxDelay
                ? new Guard(Name, GuardVerdict.Passed, string.Create(CultureInfo.InvariantCulture, $"what {presentName} writes is on {nextName} after {took.TotalMilliseconds:0} ms ({Durations.Show(settings.MaxDelay)} allowed)"))
                : Late();
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Late();
        }
        catch (DatabaseException e)
        {
            return No($"{nextName} {e.Message}");
        }
    }

    private Guard Late() => No($"what {presentName} wrote was not on {nextName} within {Durations.Show(settings.MaxDelay)} (max_lag)") with { Next = $"See what {nextName} is busy with (SHOW PROCESSLIST), and wait until it has caught up." };

    private static Guard No(string words) => new(Name, GuardVerdict.Failed, words);
}
