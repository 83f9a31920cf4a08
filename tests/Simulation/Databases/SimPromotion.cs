using DbSwitch.Databases;

namespace DbSwitch.Simulation.Databases;

/// <summary>What a database is asked to do: it does it when the world lets it, or says that it can't, or hangs.</summary>
/// <param name="step">One step; true when it was the last.</param>
internal sealed class PendingAsk(string what, SimDatabases databases, Func<Random, bool> step) : Pending
{
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Answer => _answer.Task;

    public override string What => what;

    public override bool GoOn(Random random)
    {
        try
        {
            if (random.Next(100) < databases.Trouble)
            {
                // Said before it was done, or after.
                _ = random.Next(2) == 0 && step(random);
                throw new DatabaseException(Health.Unknown, "has lost the connection");
            }

            return step(random) && _answer.TrySetResult();
        }
        catch (DatabaseException e)
        {
            return _answer.TrySetException(e);
        }
    }

    public override void Abandon(Random random)
    {
        try
        {
            _ = random.Next(2) == 0 && step(random);
        }
        catch (DatabaseException)
        {
            // Nobody is there to hear it.
        }
    }
}

/// <summary>The replica takes the place of its primary, by the contract of <see cref="IPromotion"/>.</summary>
internal sealed class SimPromotion(SimDatabase? present, SimDatabase next, SimDatabases databases, Random random, List<Pending> pending, PromotionFlaw flaw) : IPromotion
{
    public IReadOnlyList<string> Notes => [];

    public string Foreseen => "the replica would be promoted";

    public Task PrepareAsync(Closure by, CancellationToken cancel) => AskAsync("prepare", _ => true, cancel);

    public async Task QuietAsync(Closure by, CancellationToken cancel)
    {
        if (present is null || !present.IsPrimary)
        {
            return;
        }

        if (flaw != PromotionFlaw.DoesNotClose)
        {
            await AskAsync($"close {present.Name}", _ =>
            {
                Expect(present);
                present.Close(by);
                return true;
            }, cancel).ConfigureAwait(false);
        }

        if (flaw != PromotionFlaw.DoesNotWait)
        {
            await AskAsync($"has {next.Name} all of {present.Name}", chance =>
            {
                Expect(next);
                next.Replicate(chance.Next(5));
                return next.HasAllOf(present);
            }, cancel).ConfigureAwait(false);
        }
    }

    public async Task UndoAsync(Closure by, CancellationToken cancel)
    {
        if (present is not null)
        {
            await AskAsync($"open {present.Name}", _ =>
            {
                Expect(present);
                present.Open(by);
                return true;
            }, cancel).ConfigureAwait(false);
        }
    }

    public Task FinishAsync(Closure by, CancellationToken cancel) => AskAsync($"promote {next.Name}", _ =>
    {
        Expect(next);
        databases.Promote(next);
        return true;
    }, cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Expect(SimDatabase database)
    {
        if (database.IsDown)
        {
            throw new DatabaseException(Health.Unhealthy, "refuses connections");
        }
    }

    private async Task AskAsync(string what, Func<Random, bool> step, CancellationToken cancel)
    {
        var asked = new PendingAsk(what, databases, step);
        pending.Add(asked);
        try
        {
            await asked.Answer.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            // It is done by now, or never.
            pending.Remove(asked);
            asked.Abandon(random);
            throw new DatabaseException(Health.Unknown, "has not answered in time", e);
        }
    }
}
