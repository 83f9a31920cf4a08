using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Simulation;

/// <summary>A store in memory, with the contract of <see cref="ISwitchStore"/>, that can fail, be lost and be put back to an earlier state.</summary>
internal sealed class ModelStore
{
    private readonly List<(Selection? Selection, SwitchoverRecord? Unfinished, int Address)> _backups = [];
    private long _nextId = 1;

    public Selection? Selection { get; private set; }

    public SwitchoverRecord? Unfinished { get; private set; }

    /// <summary>Which of its target's addresses the selection is served at.</summary>
    public int Address { get; private set; }

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

    public void End()
    {
        if (!Fails)
        {
            Unfinished = null;
        }
    }

    public void TakeOver(Selection selection, int address) => (Selection, Address, Unfinished) = (selection, address, null);

    public void BackUp() => _backups.Add((Selection, Unfinished, Address));

    /// <summary>Somebody restores a backup, or loses the volume.</summary>
    public void GoesBack(Random random) =>
        (Selection, Unfinished, Address) = _backups.Count == 0 || random.Next(3) == 0 ? (null, null, 0) : _backups[random.Next(_backups.Count)];
}
