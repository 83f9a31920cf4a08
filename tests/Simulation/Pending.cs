namespace DbSwitch.Simulation;

/// <summary>Something that a manager has asked of a store or a database, and that happens when the world lets it: first what it does, then its answer.</summary>
internal abstract class Pending
{
    public abstract string What { get; }

    /// <summary>One step further.</summary>
    /// <returns>Whether it is over.</returns>
    public abstract bool GoOn(Random random);

    /// <summary>Whoever asked has been killed: what was on its way may be done all the same.</summary>
    public virtual void Abandon(Random random)
    {
    }
}

/// <summary>What is asked of a store.</summary>
internal sealed class PendingWrite<T>(string what, Func<T> work) : Pending
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _tell;

    public Task<T> Answer => _answer.Task;

    public override string What => what;

    public override bool GoOn(Random random)
    {
        if (_tell is null)
        {
            _tell = Do();
            return false;
        }

        _tell();
        return true;
    }

    public override void Abandon(Random random)
    {
        if (_tell is null && random.Next(2) == 0)
        {
            _tell = Do();
        }
    }

    private Action Do()
    {
        try
        {
            var done = work();
            return () => _answer.SetResult(done);
        }
        catch (Storage.StoreException e)
        {
            return () => _answer.SetException(e);
        }
    }
}
