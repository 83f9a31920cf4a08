namespace DbSwitch.Databases;

/// <summary>
/// What a switchover does to the databases themselves, while no client reaches any of them: the old one is made quiet, the new one catches up and takes its place.
/// Until <see cref="FinishAsync"/> begins all of it can be undone; from then on it goes forward only.
/// </summary>
internal interface IPromotion : IAsyncDisposable
{
    /// <summary>What a person should know or do afterwards, each a sentence.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>What it would do, a sentence for a dry run; nothing is asked for it.</summary>
    string Foreseen { get; }

    /// <summary>Tries what the switchover will need of the databases, in a way that changes nothing and hurts no client. For a dry run too.</summary>
    /// <param name="by">Whose switchover it is to be; it has no generation yet.</param>
    /// <returns>What was found; empty where nothing can be tried.</returns>
    Task<IReadOnlyList<Guard>> RehearseAsync(Closure by, CancellationToken cancel) => Task.FromResult<IReadOnlyList<Guard>>([]);

    /// <summary>Whatever can be done while clients are still served: connections.</summary>
    /// <param name="by">Whose switchover it is to be; it has no generation yet.</param>
    /// <exception cref="DatabaseException">It can't be done, and why; nothing was touched. Fit to follow "the databases: ".</exception>
    Task PrepareAsync(Closure by, CancellationToken cancel);

    /// <summary>The old one refuses clients, has none left and stays so, proven; the new one has all that it ever confirmed.</summary>
    /// <param name="by">Noted in what is closed, so that nobody else opens it.</param>
    /// <exception cref="DatabaseException">It could not be proven, and why.</exception>
    Task QuietAsync(Closure by, CancellationToken cancel);

    /// <summary>The old one lets clients in again, if it was this switchover that has closed it; what another one has closed stays closed.</summary>
    /// <exception cref="DatabaseException">It does not, and why.</exception>
    Task UndoAsync(Closure by, CancellationToken cancel);

    /// <summary>The new one is the primary and lets clients in, verified. May be called again and again, also by a manager that knows nothing of the one before.</summary>
    /// <exception cref="DatabaseException">It is not yet, and why.</exception>
    Task FinishAsync(Closure by, CancellationToken cancel);
}
