using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Simulation;

/// <summary>A store in memory, with the contract of <see cref="ISwitchStore"/>, that can fail, be lost and be put back to an earlier state.</summary>
internal sealed class ModelStore
{
    private readonly List<(Selection? Selection, SwitchoverRecord? Unfinished, int Address, bool Held)> _backups = [];
    private long _nextId = 1;

    public Selection? Selection { get; private set; }

    public SwitchoverRecord? Unfinished { get; private set; }

    /// <summary>Which of its target's addresses the selection is served at.</summary>
    public int Address { get; private set; }

    /// <summary>Whether new connections are to wait, although a target is selected.</summary>
    public bool Held { get; private set; }

    public bool Fails { get; set; }

    public void Initialize(Selection selection, int address) => (Selection, Address) = (selection, address);

    public SwitchoverRecord? Begin(long expected, string? to)
    {
        if (Fails || Selection!.Generation != expected)
        {
            return null;
        }

        Selection = Selection with { Generation = expected + 1 };
        return Unfinished = new SwitchoverRecord(_nextId++, "s", expected + 1, Selection.Target, to, "test", "", default, false, null, SwitchoverResult.Running, "");
    }

    /// <returns>Whether it could be written.</returns>
    public bool Commit(SwitchoverRecord record, int address)
    {
        if (Fails)
        {
            return false;
        }

        Selection = Selection! with { Target = record.To };
        Address = address;
        Unfinished = record with { Committed = true };
        return true;
    }

    public bool RollBack(SwitchoverRecord record)
    {
        if (!Fails)
        {
            Selection = Selection! with { Generation = record.Generation + 1 };
            Unfinished = null;
        }

        return !Fails;
    }

    /// <returns>Whether it could be written.</returns>
    public bool SaveHold(bool held)
    {
        Held = Fails ? Held : held;
        return !Fails;
    }

    public void End()
    {
        if (!Fails)
        {
            Unfinished = null;
        }
    }

    public void TakeOver(Selection selection, int address) => (Selection, Address, Unfinished) = (selection, address, null);

    /// <summary>Of before the switchover that has not committed, as the contract says.</summary>
    public void BackUp() => _backups.Add(Unfinished is { Committed: false } running ? (Selection! with { Generation = running.Generation - 1 }, null, Address, Held) : (Selection, Unfinished, Address, Held));

    /// <summary>Somebody restores a backup, or loses the volume.</summary>
    public void GoesBack(Random random) =>
        (Selection, Unfinished, Address, Held) = _backups.Count == 0 || random.Next(3) == 0 ? (null, null, 0, false) : _backups[random.Next(_backups.Count)];
}
