using System.Net;
using DbSwitch.Databases;

namespace DbSwitch.Simulation.Databases;

/// <summary>A database with a log of what it has confirmed to clients: a primary, or a replica that follows one.</summary>
internal sealed class SimDatabase(string name)
{
    public string Name { get; } = name;

    /// <summary>The primary that it follows; null for a primary.</summary>
    public SimDatabase? Upstream { get; private set; }

    /// <summary>The switchover that has closed it to clients; null for none.</summary>
    public Closure? ClosedBy { get; private set; }

    public bool IsClosed => ClosedBy is not null;

    /// <summary>It answers nobody.</summary>
    public bool IsDown { get; set; }

    public List<int> Log { get; private set; } = [];

    public bool IsPrimary => Upstream is null;

    public bool TakesWrites => IsPrimary && !IsClosed && !IsDown;

    public bool HasAllOf(SimDatabase other) => Log.Count >= other.Log.Count && Log.Take(other.Log.Count).SequenceEqual(other.Log);

    public void Follow(SimDatabase primary) => (Upstream, ClosedBy, Log) = (primary, null, [.. primary.Log]);

    /// <summary>Some of what it has not yet arrives.</summary>
    public void Replicate(int most)
    {
        if (Upstream is { IsDown: false } primary && !IsDown)
        {
            Log.AddRange(primary.Log.Skip(Log.Count).Take(most));
        }
    }

    public void Close(Closure by) => ClosedBy = IsPrimary ? by : null;

    public void Open(Closure by) => ClosedBy = ClosedBy?.IsOfSameSwitchover(by) == true ? null : ClosedBy;

    public void Promote() => (Upstream, ClosedBy) = (null, null);
}

/// <summary>Both databases of a world, and every write that one of them ever confirmed.</summary>
internal sealed class SimDatabases
{
    private readonly Dictionary<string, SimDatabase> _byName = new() { ["a"] = new("a"), ["b"] = new("b") };
    private readonly List<int> _confirmed = [];

    public SimDatabases() => _byName["b"].Follow(_byName["a"]);

    public IEnumerable<SimDatabase> All => _byName.Values;

    /// <summary>How often, in 100, one fails at what it is asked to do.</summary>
    public int Trouble { get; set; }

    /// <summary>What broke, in words; null while nothing has.</summary>
    public string? Broken { get; private set; }

    public SimDatabase this[string name] => _byName[name];

    /// <summary>The third byte of its address says which it is.</summary>
    public SimDatabase At(IPEndPoint address) => _byName[((char)address.Address.GetAddressBytes()[2]).ToString()];

    public void Write(SimDatabase database)
    {
        if (database.TakesWrites)
        {
            database.Log.Add(_confirmed.Count);
            _confirmed.Add(_confirmed.Count);
        }
    }

    public void Promote(SimDatabase database)
    {
        if (!database.IsPrimary && database.Log.Count < _confirmed.Count)
        {
            Broken ??= $"a confirmed write is lost: {database.Name} is promoted with {database.Log.Count} of {_confirmed.Count}";
        }

        database.Promote();
        if (All.Count(d => d.TakesWrites) > 1)
        {
            Broken ??= $"two databases take writes: {database.Name} is promoted while the other is open";
        }
    }
}
