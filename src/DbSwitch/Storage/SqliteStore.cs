using System.Globalization;
using System.Net;
using System.Text.Json;
using DbSwitch.Model;
using Microsoft.Data.Sqlite;

namespace DbSwitch.Storage;

/// <summary>The store in one SQLite file: WAL, synchronous FULL, so that what was said to be written is on the disk.</summary>
public sealed class SqliteStore : ISwitchStore
{
    private readonly SqliteDatabase _database;
    private readonly StoreLock _lock;

    private SqliteStore(SqliteDatabase database, StoreLock storeLock)
    {
        _database = database;
        _lock = storeLock;
    }

    public string Identity => _database.Identity;

    /// <summary>Takes the lock, opens the file (a new one is made) and checks that it is whole.</summary>
    /// <exception cref="StoreException">Another manager has it, or it can't be used; nothing was changed.</exception>
    public static SqliteStore Open(string path)
    {
        var storeLock = StoreLock.Take(path);
        try
        {
            return new SqliteStore(SqliteDatabase.Open(path), storeLock);
        }
        catch
        {
            storeLock.Dispose();
            throw;
        }
    }

    public Task<StoredSwitch> LoadAsync(string name, CancellationToken cancel) => _database.RunAsync(t =>
    {
        var selection = SelectionOf(t, name);
        var pause = t.QueryOne("SELECT by, reason, since FROM pause WHERE switch = $1", r => new PauseState(r.GetString(0), r.GetString(1), Time(r.GetString(2))), name);
        var unfinished = t.QueryOne(Switchovers + " WHERE switch = $1 AND ended IS NULL", Switchover, name);
        var addresses = t.Query("SELECT target, address FROM address WHERE switch = $1", r => (Target: r.GetString(0), Address: IPEndPoint.Parse(r.GetString(1))), name);
        var hold = t.QueryOne("SELECT by, reason, since, until FROM hold WHERE switch = $1", r => new HoldState(r.GetString(0), r.GetString(1), Time(r.GetString(2)), Time(r.GetString(3))), name);
        var undoOwed = t.QueryOne(Switchovers + " WHERE switch = $1 AND undo_owed = 1 ORDER BY id DESC LIMIT 1", Switchover, name);
        var proxies = t.Query("SELECT name, api, master, released_by, backend FROM proxy WHERE switch = $1", r => (Known: new KnownProxy(r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3)), Backend: r.GetString(4)), name);
        return new StoredSwitch(selection, pause, unfinished, addresses.ToDictionary(a => a.Target, a => a.Address))
        {
            Hold = hold,
            UndoOwed = undoOwed,
            PromotionOwed = t.QueryOne(Switchovers + " WHERE switch = $1 AND committed = 1 AND promotion_owed = 1", Switchover, name) is not null,
            Proxies = [.. proxies.Select(p => p.Known)],
            Backend = proxies.Select(p => p.Backend).FirstOrDefault(),
        };
    }, cancel);

    public Task<bool> InitializeAsync(string name, Selection selection, IPEndPoint? address, CancellationToken cancel) => _database.RunAsync(t =>
    {
        var first = t.Execute(
            "INSERT INTO selection (switch, target, generation, since, by, reason) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            name, selection.Target, selection.Generation, Text(selection.Since), selection.By, selection.Reason) == 1;
        if (first && selection.Target is { } target && address is not null)
        {
            SaveAddress(t, name, target, address);
        }

        return first;
    }, cancel);

    public Task<bool> TakeOverAsync(string name, long expected, Selection selection, IPEndPoint? address, CancellationToken cancel) => _database.RunAsync(t =>
    {
        var taken = t.Execute(
            "UPDATE selection SET target = $3, generation = $4, since = $5, by = $6, reason = $7 WHERE switch = $1 AND generation = $2",
            name, expected, selection.Target, selection.Generation, Text(selection.Since), selection.By, selection.Reason) == 1;
        if (taken && selection.Target is { } target && address is not null)
        {
            SaveAddress(t, name, target, address);
        }

        return taken;
    }, cancel);

    public Task<SwitchoverRecord?> BeginAsync(string name, long expected, SwitchoverRequest request, DateTimeOffset now, CancellationToken cancel) => _database.RunAsync(t =>
    {
        var current = SelectionOf(t, name);
        if (expected >= Generations.Highest)
        {
            throw new StoreException($"the generation of {name} is {expected}, which no switch reaches by itself: was the store changed by hand? Put a backup back.");
        }

        if (current is null || t.Execute("UPDATE selection SET generation = $3 WHERE switch = $1 AND generation = $2", name, expected, expected + 1) == 0)
        {
            return null;
        }

        if (t.Query("SELECT id FROM switchover WHERE switch = $1 AND ended IS NULL", r => r.GetInt64(0), name) is [var left, ..])
        {
            throw new StoreException($"switchover {left} of {name} has no end in the journal yet. Restart dbswitch serve, which finishes or undoes it, then try again.");
        }

        var id = t.Query(
            "INSERT INTO switchover (switch, generation, from_target, to_target, by, reason, started, waivers, promotion_owed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            r => r.GetInt64(0), name, expected + 1, current.Target, request.Target, request.By, request.Reason, Text(now), request.Waivers, request.Promotes ? 1L : 0L)[0];
        return new SwitchoverRecord(id, name, expected + 1, current.Target, request.Target, request.By, request.Reason, now, false, null, SwitchoverResult.Running, "") { Waivers = request.Waivers, OwesPromotion = request.Promotes };
    }, cancel);

    public Task<Selection> CommitAsync(SwitchoverRecord switchover, IPEndPoint? address, DateTimeOffset now, CancellationToken cancel) => _database.RunAsync(t =>
    {
        Expect(t.Execute(
            "UPDATE selection SET target = $3, since = $4, by = $5, reason = $6 WHERE switch = $1 AND generation = $2",
            switchover.Switch, switchover.Generation, switchover.To, Text(now), switchover.By, switchover.Reason), switchover);
        Expect(t.Execute("UPDATE switchover SET committed = 1 WHERE id = $1 AND ended IS NULL", switchover.Id), switchover);

        if (switchover.To is { } target && address is not null)
        {
            SaveAddress(t, switchover.Switch, target, address);
        }

        // Another one takes the place of what would have been opened again, or promoted.
        SettleUndo(t, switchover.Switch);
        t.Execute("UPDATE switchover SET promotion_owed = 0 WHERE switch = $1 AND id <> $2 AND promotion_owed = 1", switchover.Switch, switchover.Id);
        return new Selection(switchover.To, switchover.Generation, now, switchover.By, switchover.Reason);
    }, cancel);

    public Task<Selection> RollBackAsync(SwitchoverRecord switchover, string message, bool owesUndo, DateTimeOffset now, CancellationToken cancel) => _database.RunAsync(t =>
    {
        Expect(t.Execute("UPDATE selection SET generation = $3 WHERE switch = $1 AND generation = $2", switchover.Switch, switchover.Generation, switchover.Generation + 1), switchover);
        Expect(t.Execute("UPDATE switchover SET ended = $2, result = $3, message = $4, report = $5, undo_owed = $6, promotion_owed = 0 WHERE id = $1 AND committed = 0 AND ended IS NULL", switchover.Id, Text(now), nameof(SwitchoverResult.RolledBack), message, Text(switchover.Report), owesUndo ? 1L : 0L), switchover);
        return SelectionOf(t, switchover.Switch)!;
    }, cancel);

    public Task EndAsync(SwitchoverRecord switchover, SwitchoverResult result, string message, DateTimeOffset now, CancellationToken cancel) => _database.RunAsync(t =>
    {
        Expect(t.Execute("UPDATE switchover SET ended = $2, result = $3, message = $4, report = $5, promotion_owed = $6 WHERE id = $1 AND committed = 1 AND ended IS NULL", switchover.Id, Text(now), result.ToString(), message, Text(switchover.Report), switchover.OwesPromotion ? 1L : 0L), switchover);
        return true;
    }, cancel);

    public Task<IReadOnlyList<SwitchoverRecord>> HistoryAsync(string name, int limit, CancellationToken cancel) => _database.RunAsync(
        t => t.Query(Switchovers + " WHERE switch = $1 ORDER BY id DESC LIMIT $2", Switchover, name, limit), cancel);

    public Task<SwitchoverRecord?> FindAsync(string name, long id, CancellationToken cancel) => _database.RunAsync(
        t => t.QueryOne(Switchovers + " WHERE switch = $1 AND id = $2", Switchover, name, id), cancel);

    public Task SavePauseAsync(string name, PauseState? pause, CancellationToken cancel) => _database.RunAsync(t =>
        pause is null
            ? t.Execute("DELETE FROM pause WHERE switch = $1", name)
            : t.Execute("INSERT OR REPLACE INTO pause (switch, by, reason, since) VALUES ($1, $2, $3, $4)", name, pause.By, pause.Reason, Text(pause.Since)), cancel);

    public Task SaveHoldAsync(string name, HoldState? hold, CancellationToken cancel) => _database.RunAsync(t =>
        hold is null
            ? t.Execute("DELETE FROM hold WHERE switch = $1", name)
            : t.Execute("INSERT OR REPLACE INTO hold (switch, by, reason, since, until) VALUES ($1, $2, $3, $4, $5)", name, hold.By, hold.Reason, Text(hold.Since), Text(hold.Until)), cancel);

    public Task SettlePromotionAsync(string name, CancellationToken cancel) => _database.RunAsync(t => t.Execute("UPDATE switchover SET promotion_owed = 0 WHERE switch = $1 AND committed = 1 AND promotion_owed = 1", name), cancel);

    public Task SettleUndoAsync(string name, CancellationToken cancel) => _database.RunAsync(t => SettleUndo(t, name), cancel);

    public Task RememberProxiesAsync(string name, string backend, IReadOnlyList<KnownProxy> proxies, CancellationToken cancel) => _database.RunAsync(t =>
    {
        var released = t.Query("SELECT name, released_by FROM proxy WHERE switch = $1 AND released_by IS NOT NULL", r => (Name: r.GetString(0), By: r.GetString(1)), name).ToDictionary(r => r.Name, r => r.By);
        t.Execute("DELETE FROM proxy WHERE switch = $1", name);
        foreach (var proxy in proxies)
        {
            t.Execute("INSERT INTO proxy (switch, name, backend, api, master, released_by) VALUES ($1, $2, $3, $4, $5, $6)", name, proxy.Name, backend, proxy.Api, proxy.Master, released.GetValueOrDefault(proxy.Name));
        }

        return true;
    }, cancel);

    public Task<bool> ReleaseProxyAsync(string name, string proxy, string by, CancellationToken cancel) => _database.RunAsync(t => t.Execute("UPDATE proxy SET released_by = $3 WHERE switch = $1 AND name = $2", name, proxy, by) == 1, cancel);

    public Task<IReadOnlyList<string>> SwitchesAsync(CancellationToken cancel) => _database.RunAsync<IReadOnlyList<string>>(t => [.. t.Query("SELECT switch FROM selection ORDER BY switch", r => r.GetString(0))], cancel);

    public Task ProbeAsync(CancellationToken cancel) => _database.RunAsync(t => t.Execute(SqliteDatabase.Probe), cancel);

    public Task SaveAddressAsync(string name, string target, IPEndPoint address, CancellationToken cancel) => _database.RunAsync(t => SaveAddress(t, name, target, address), cancel);

    public Task BackUpAsync(Stream destination, CancellationToken cancel) => _database.CopyAsync(destination, BeforeWhatRuns, cancel);

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync().ConfigureAwait(false);
        _lock.Dispose();
    }

    // A copy of the middle of a switchover, put back after it, would say that it is to be undone, and undo what was committed since.
    private const string BeforeWhatRuns = """
        UPDATE selection SET generation = generation - 1 WHERE switch IN (SELECT switch FROM switchover WHERE committed = 0 AND ended IS NULL);
        DELETE FROM switchover WHERE committed = 0 AND ended IS NULL;
        """;

    private const string Switchovers = "SELECT id, switch, generation, from_target, to_target, by, reason, started, committed, ended, result, message, report, waivers, promotion_owed FROM switchover";

    private static SwitchoverRecord Switchover(SqliteDataReader r) => new(
        r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.IsDBNull(3) ? null : r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4), r.GetString(5), r.GetString(6),
        Time(r.GetString(7)), r.GetInt64(8) == 1, r.IsDBNull(9) ? null : Time(r.GetString(9)), Enum.Parse<SwitchoverResult>(r.GetString(10)), r.GetString(11)) { Report = r.IsDBNull(12) ? null : Report(r.GetString(12)), Waivers = r.GetString(13), OwesPromotion = r.GetInt64(14) == 1 };

    private static Selection? SelectionOf(SqliteDatabase.Work t, string name) => t.QueryOne(
        "SELECT target, generation, since, by, reason FROM selection WHERE switch = $1",
        r => new Selection(r.IsDBNull(0) ? null : r.GetString(0), r.GetInt64(1), Time(r.GetString(2)), r.GetString(3), r.GetString(4)), name);

    private static int SettleUndo(SqliteDatabase.Work t, string name) => t.Execute("UPDATE switchover SET undo_owed = 0 WHERE switch = $1 AND undo_owed = 1", name);

    private static int SaveAddress(SqliteDatabase.Work t, string name, string target, IPEndPoint address) =>
        t.Execute("INSERT OR REPLACE INTO address (switch, target, address) VALUES ($1, $2, $3)", name, target, address.ToString());

    private static void Expect(int changed, SwitchoverRecord switchover)
    {
        if (changed != 1)
        {
            throw new StoreException($"the store has moved on from switchover {switchover.Id} (generation {switchover.Generation}): was it restored from a backup, or changed by hand?");
        }
    }

    private static string? Text(SwitchoverReport? report) => report is null ? null : JsonSerializer.Serialize(report, SwitchoverReportJson.Default.SwitchoverReport);

    private static SwitchoverReport? Report(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, SwitchoverReportJson.Default.SwitchoverReport);
        }
        catch (JsonException e)
        {
            throw new StoreException($"the report of a switchover in the store can't be read ({e.Message}): was it changed by hand?", e);
        }
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
