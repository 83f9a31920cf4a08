using System.Net;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Simulation;

/// <summary>What a store holds, with the contract of <see cref="ISwitchStore"/>. It can fail, be lost and be put back to an earlier state.</summary>
internal sealed class SimStore
{
    private readonly List<StoredSwitch> _backups = [];
    private readonly Dictionary<long, SwitchoverRecord> _records = [];
    private long _nextId = 1;

    public StoredSwitch State { get; private set; } = new(null, null, null, new Dictionary<string, IPEndPoint>());

    public bool Fails { get; set; }

    /// <summary>A flaw: a rollback does not take a generation of its own.</summary>
    public bool KeepsTheGeneration { get; set; }

    /// <summary>The generation of the latest switchover that was rolled back; 0 for none, and after the store was put back.</summary>
    public long Undone { get; private set; }

    public Selection? Selection => State.Selection;

    public SwitchoverRecord? Unfinished => State.Unfinished;

    /// <summary>Called before the selection becomes another one, with the new one and the address that it is to be served at.</summary>
    public Action<string, string?, IPEndPoint?>? Selecting { get; set; }

    public Action<SwitchoverRequest, SwitchoverRecord>? Began { get; set; }

    public IPEndPoint? AddressOf(string? target) => target is null ? null : State.Addresses.GetValueOrDefault(target);

    public bool Initialize(Selection selection, IPEndPoint? address)
    {
        Check();
        if (Selection is not null)
        {
            return false;
        }

        Selecting?.Invoke("initialize", selection.Target, address);
        State = Addressed(selection.Target, address) with { Selection = selection };
        return true;
    }

    public bool TakeOver(long expected, Selection selection, IPEndPoint? address)
    {
        Check();
        if (Selection?.Generation != expected)
        {
            return false;
        }

        Selecting?.Invoke("take over", selection.Target, address);
        State = Addressed(selection.Target, address) with { Selection = selection };
        return true;
    }

    public SwitchoverRecord? Begin(long expected, SwitchoverRequest request, DateTimeOffset now)
    {
        Check();
        if (Selection is not { } current || current.Generation != expected)
        {
            return null;
        }

        var record = new SwitchoverRecord(_nextId++, "s", expected + 1, current.Target, request.Target, request.By, request.Reason, now, false, null, SwitchoverResult.Running, "") { Waivers = request.Waivers, OwesPromotion = request.Promotes };
        State = State with { Selection = current with { Generation = expected + 1 }, Unfinished = record };
        _records[record.Id] = record;
        Began?.Invoke(request, record);
        return record;
    }

    public Selection Commit(SwitchoverRecord record, IPEndPoint? address, DateTimeOffset now)
    {
        Check();
        Expect(Selection?.Generation == record.Generation && Unfinished?.Id == record.Id, record);
        Selecting?.Invoke("commit", record.To, address);
        var selection = new Selection(record.To, record.Generation, now, record.By, record.Reason);
        State = Addressed(record.To, address) with { Selection = selection, Unfinished = record with { Committed = true }, UndoOwed = null, PromotionOwed = record.OwesPromotion };
        _records[record.Id] = State.Unfinished!;
        return selection;
    }

    public Selection RollBack(SwitchoverRecord record, string message, bool owesUndo, DateTimeOffset now)
    {
        Check();
        Expect(Selection?.Generation == record.Generation && Unfinished?.Id == record.Id && !Unfinished.Committed, record);
        State = State with { Selection = Selection! with { Generation = record.Generation + (KeepsTheGeneration ? 0 : 1) }, Unfinished = null, UndoOwed = owesUndo ? record : State.UndoOwed };
        _records[record.Id] = record with { Ended = now, Result = SwitchoverResult.RolledBack, Message = message };
        Undone = record.Generation;
        return Selection!;
    }

    public bool End(SwitchoverRecord record, SwitchoverResult result, string message, DateTimeOffset now)
    {
        Check();
        Expect(Unfinished?.Id == record.Id && Unfinished.Committed, record);
        State = State with { Unfinished = null, PromotionOwed = record.OwesPromotion };
        _records[record.Id] = record with { Committed = true, Ended = now, Result = result, Message = message };
        return true;
    }

    public SwitchoverRecord? Find(long id)
    {
        Check();
        return _records.GetValueOrDefault(id);
    }

    public bool Save(Func<StoredSwitch, StoredSwitch> change)
    {
        Check();
        State = change(State);
        return true;
    }

    public bool SaveAddress(string target, IPEndPoint address)
    {
        Check();
        State = Addressed(target, address);
        return true;
    }

    /// <summary>Of before the switchover that has not committed, as the contract says.</summary>
    public void BackUp() => _backups.Add(Unfinished is { Committed: false } running ? State with { Selection = Selection! with { Generation = running.Generation - 1 }, Unfinished = null } : State);

    /// <summary>Somebody restores a backup, or loses the volume.</summary>
    public void GoesBack(Random random)
    {
        State = _backups.Count == 0 || random.Next(3) == 0 ? new StoredSwitch(null, null, null, new Dictionary<string, IPEndPoint>()) : _backups[random.Next(_backups.Count)];
        Undone = 0;
    }

    private StoredSwitch Addressed(string? target, IPEndPoint? address) =>
        target is null || address is null ? State : State with { Addresses = new Dictionary<string, IPEndPoint>(State.Addresses) { [target] = address } };

    private void Check()
    {
        if (Fails)
        {
            throw new StoreException("the store can't be written.");
        }
    }

    private static void Expect(bool holds, SwitchoverRecord record)
    {
        if (!holds)
        {
            throw new StoreException($"the store has moved on from switchover {record.Id} (generation {record.Generation}): was it restored from a backup, or changed by hand?");
        }
    }
}

/// <summary>The store as one manager has it: what it asks for is done at once, or when the world lets it.</summary>
internal sealed class SimStoreClient(SimStore store, Random random, List<Pending> pending) : ISwitchStore
{
    public string Identity => "simulated";

    public Task<StoredSwitch> LoadAsync(string name, CancellationToken cancel) => Ask("load", () => store.State);

    public Task<bool> InitializeAsync(string name, Selection selection, IPEndPoint? address, CancellationToken cancel) => Ask($"initialize {selection}", () => store.Initialize(selection, address));

    public Task<bool> TakeOverAsync(string name, long expected, Selection selection, IPEndPoint? address, CancellationToken cancel) => Ask($"take over {selection}", () => store.TakeOver(expected, selection, address));

    public Task<SwitchoverRecord?> BeginAsync(string name, long expected, SwitchoverRequest request, DateTimeOffset now, CancellationToken cancel) => Ask($"begin {request.Target ?? "none"} after {expected}", () => store.Begin(expected, request, now));

    public Task<Selection> CommitAsync(SwitchoverRecord switchover, IPEndPoint? address, DateTimeOffset now, CancellationToken cancel) => Ask($"commit {switchover.Id}", () => store.Commit(switchover, address, now));

    public Task<Selection> RollBackAsync(SwitchoverRecord switchover, string message, bool owesUndo, DateTimeOffset now, CancellationToken cancel) => Ask($"roll back {switchover.Id}: {message}", () => store.RollBack(switchover, message, owesUndo, now));

    public Task SettlePromotionAsync(string name, CancellationToken cancel) => Ask("the promotion is done", () => store.Save(s => s with { PromotionOwed = false }));

    public Task SettleUndoAsync(string name, CancellationToken cancel) => Ask("settle what was owed", () => store.Save(s => s with { UndoOwed = null }));

    public Task RememberProxiesAsync(string name, string backend, IReadOnlyList<KnownProxy> proxies, CancellationToken cancel) => throw new NotSupportedException();

    public Task<bool> ReleaseProxyAsync(string name, string proxy, string by, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> SwitchesAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task EndAsync(SwitchoverRecord switchover, SwitchoverResult result, string message, DateTimeOffset now, CancellationToken cancel) => Ask($"end {switchover.Id}: {message}", () => store.End(switchover, result, message, now));

    public Task<IReadOnlyList<SwitchoverRecord>> HistoryAsync(string name, int limit, CancellationToken cancel) => throw new NotSupportedException();

    public Task<SwitchoverRecord?> FindAsync(string name, long id, CancellationToken cancel) => Ask($"find {id}", () => store.Find(id));

    public Task SavePauseAsync(string name, PauseState? pause, CancellationToken cancel) => Ask($"pause {pause}", () => store.Save(s => s with { Pause = pause }));

    public Task SaveHoldAsync(string name, HoldState? hold, CancellationToken cancel) => Ask($"hold {hold}", () => store.Save(s => s with { Hold = hold }));

    public Task ProbeAsync(CancellationToken cancel) => Ask("probe", () => store.Save(s => s));

    public Task BackUpAsync(Stream destination, CancellationToken cancel) => throw new NotSupportedException();

    public Task SaveAddressAsync(string name, string target, IPEndPoint address, CancellationToken cancel) => Ask($"address of {target}: {address}", () => store.SaveAddress(target, address));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Ask<T>(string what, Func<T> work)
    {
        var asked = new PendingWrite<T>(what, work);
        if (random.Next(5) == 0)
        {
            pending.Add(asked);
        }
        else
        {
            asked.GoOn(random);
            asked.GoOn(random);
        }

        return asked.Answer;
    }
}
