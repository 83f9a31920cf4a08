using System.Net;

namespace DbSwitch.Databases;

/// <summary>A connection to a database that is logged in.</summary>
internal interface IDatabaseSession : IAsyncDisposable
{
    /// <summary>Where it leads.</summary>
    IPEndPoint Address { get; }
}

/// <summary>Asks one target's database: in between over a connection that stays open, at a switchover over a new one. It needs one connection at a time.</summary>
internal abstract class SessionProbe<TSession>(TimeProvider time) : IDatabaseProbe
    where TSession : class, IDatabaseSession
{
    // A new connection now and then, so that "answers" means that it lets somebody in.
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);

    private Kept? _kept;

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    public async Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel)
    {
        // Who was left behind in the middle of a question has it still: nobody else may use it then.
        var kept = Interlocked.Exchange(ref _kept, null);
        try
        {
            var facts = kept is null || fresh || !kept.Session.Address.Equals(address) || time.GetElapsedTime(kept.Since) > Renewal ? null : await TryAskAsync(kept.Session, cancel).ConfigureAwait(false);
            if (facts is null)
            {
                await CloseAsync(kept).ConfigureAwait(false);
                kept = null;
                kept = new Kept(await OpenAsync(address, cancel).ConfigureAwait(false), time.GetTimestamp());
                facts = await AskAsync(kept.Session, fresh, cancel).ConfigureAwait(false);
            }

            if (!cancel.IsCancellationRequested)
            {
                // What another look has kept meanwhile is one too many.
                kept = Interlocked.Exchange(ref _kept, kept);
            }

            return new ProbeAnswer(Health.Healthy, null, facts);
        }
        catch (DatabaseException e)
        {
            return new ProbeAnswer(e.Health, e.Message);
        }
        finally
        {
            await CloseAsync(kept).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => CloseKeptAsync();

    /// <exception cref="DatabaseException">It can't be opened, and why.</exception>
    protected abstract Task<TSession> OpenAsync(IPEndPoint address, CancellationToken cancel);

    /// <param name="fresh">A switchover wants to know, over a connection that was just opened.</param>
    /// <exception cref="DatabaseException">It does not answer, and why.</exception>
    protected abstract Task<DatabaseFacts> AskAsync(TSession session, bool fresh, CancellationToken cancel);

    protected ValueTask CloseKeptAsync() => CloseAsync(Interlocked.Exchange(ref _kept, null));

    private static ValueTask CloseAsync(Kept? kept) => kept?.Session.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Null where the connection has ended since, or is of no use any more: what that means a new one tells.</summary>
    private async Task<DatabaseFacts?> TryAskAsync(TSession session, CancellationToken cancel)
    {
        try
        {
            return await AskAsync(session, false, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException)
        {
            return null;
        }
    }

    private sealed record Kept(TSession Session, long Since);
}
