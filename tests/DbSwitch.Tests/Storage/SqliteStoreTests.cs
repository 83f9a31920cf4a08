using System.Net;
using System.Security.Cryptography;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Storage;

public sealed class SqliteStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 3, 0, 0, TimeSpan.Zero);
    private static readonly SwitchoverRequest ToDb2 = new("db2", "ann", "because");
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-").FullName;
    private SqliteStore _store = null!;

    private string Path => System.IO.Path.Combine(_folder, "state.db");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = SqliteStore.Open(Path);
        await _store.InitializeAsync("orders", new Selection("db1", 1, Now, "dbswitch", "initial"), null, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_switch_that_was_never_selected_has_nothing()
    {
        var stored = await _store.LoadAsync("other", Cancel);
        (stored.Selection, stored.Pause, stored.Unfinished, stored.Addresses.Count).ShouldBe((null, null, null, 0));
    }

    [Fact]
    public async Task The_first_selection_is_written_once()
    {
        (await _store.InitializeAsync("orders", new Selection("db2", 1, Now, "x", ""), null, Cancel)).ShouldBeFalse();
        (await SelectionAsync()).Target.ShouldBe("db1");
    }

    [Fact]
    public async Task A_switchover_takes_the_next_generation_and_changes_the_selection_only_when_committed()
    {
        var record = (await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel)).ShouldNotBeNull();
        (record.Generation, record.From, record.To, record.Committed).ShouldBe((2, "db1", "db2", false));
        (await SelectionAsync()).ShouldBe(new Selection("db1", 2, Now, "dbswitch", "initial"));
        (await _store.CommitAsync(record, null, Now, Cancel)).ShouldBe(new Selection("db2", 2, Now, "ann", "because"));
        (await SelectionAsync()).Target.ShouldBe("db2");
        await _store.EndAsync(record, SwitchoverResult.Succeeded, "done", Now, Cancel);
        var stored = (await _store.HistoryAsync("orders", 10, Cancel)).ShouldHaveSingleItem();
        (stored.Result, stored.Committed, stored.Message, stored.Ended).ShouldBe((SwitchoverResult.Succeeded, true, "done", Now));
    }

    [Fact]
    public async Task A_rollback_keeps_the_selection_under_the_generation_after_it()
    {
        var record = (await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel))!;
        (await _store.RollBackAsync(record, "no", false, Now, Cancel)).ShouldBe(new Selection("db1", 3, Now, "dbswitch", "initial"));
        (await _store.FindAsync("orders", record.Id, Cancel))!.Result.ShouldBe(SwitchoverResult.RolledBack);
    }

    [Fact]
    public async Task Of_two_that_expect_the_same_generation_one_wins()
    {
        var both = await Task.WhenAll(_store.BeginAsync("orders", 1, ToDb2, Now, Cancel), _store.BeginAsync("orders", 1, ToDb2, Now, Cancel));
        both.Count(r => r is not null).ShouldBe(1);
    }

    [Fact]
    public async Task A_second_switchover_can_not_begin_while_one_is_unfinished()
    {
        await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel);
        (await Should.ThrowAsync<StoreException>(() => _store.BeginAsync("orders", 2, ToDb2, Now, Cancel))).Message.ShouldBe("switchover 1 of orders has no end in the journal yet. Restart dbswitch serve, which finishes or undoes it, then try again.");
        (await SelectionAsync()).Generation.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_committed_can_not_be_rolled_back_and_what_was_rolled_back_can_not_be_committed()
    {
        var first = (await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel))!;
        await _store.CommitAsync(first, null, Now, Cancel);
        await Should.ThrowAsync<StoreException>(() => _store.RollBackAsync(first, "", false, Now, Cancel));
        await _store.EndAsync(first, SwitchoverResult.Succeeded, "", Now, Cancel);
        var second = (await _store.BeginAsync("orders", 2, ToDb2 with { Target = "db1" }, Now, Cancel))!;
        await _store.RollBackAsync(second, "", false, Now, Cancel);
        await Should.ThrowAsync<StoreException>(() => _store.CommitAsync(second, null, Now, Cancel));
        (await SelectionAsync()).ShouldBe(new Selection("db2", 4, Now, "ann", "because"));
    }

    [Fact]
    public async Task Everything_survives_being_closed_and_opened()
    {
        var record = (await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel))!;
        await _store.SavePauseAsync("orders", new PauseState("ann", "by hand", Now), Cancel);
        await _store.SaveAddressAsync("orders", "db1", IPEndPoint.Parse("[::1]:5432"), Cancel);
        await _store.DisposeAsync();
        _store = SqliteStore.Open(Path);
        var stored = await _store.LoadAsync("orders", Cancel);
        stored.Unfinished.ShouldBe(record);
        stored.Pause.ShouldBe(new PauseState("ann", "by hand", Now));
        stored.Addresses["db1"].ShouldBe(IPEndPoint.Parse("[::1]:5432"));
    }

    [Fact]
    public void A_second_manager_is_kept_out_and_told_who_holds_it() =>
        Should.Throw<StoreInUseException>(() => SqliteStore.Open(Path)).Message.ShouldContain($"in use by another manager (process {Environment.ProcessId})");

    [Fact]
    public async Task A_damaged_file_is_refused_and_left_as_it_is()
    {
        var damaged = System.IO.Path.Combine(_folder, "damaged.db");
        var bytes = RandomNumberGenerator.GetBytes(10_000);
        await File.WriteAllBytesAsync(damaged, bytes, Cancel);
        Should.Throw<StoreException>(() => SqliteStore.Open(damaged)).Message.ShouldContain("is damaged or no store of dbswitch");
        (await File.ReadAllBytesAsync(damaged, Cancel)).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        await _store.DisposeAsync();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path};Pooling=false"))
        {
            await connection.OpenAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync(Cancel);
        }

        Should.Throw<StoreException>(() => SqliteStore.Open(Path)).Message.ShouldContain("written by a newer dbswitch");
        File.Delete(Path);
        _store = SqliteStore.Open(Path);
    }

    [Fact]
    public async Task What_a_switchover_cost_is_kept_with_it()
    {
        var report = new SwitchoverReport([new PhaseReport(SwitchoverPhase.Fence, TimeSpan.FromMilliseconds(1.5))], TimeSpan.FromSeconds(2), 1, 2, 3, new WaitReport(4, 5, TimeSpan.FromMilliseconds(6)), ["p1"]);
        var record = (await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel))!;
        record.Report.ShouldBeNull();
        await _store.CommitAsync(record, null, Now, Cancel);
        await _store.EndAsync(record with { Report = report }, SwitchoverResult.Succeeded, "", Now, Cancel);
        (await _store.FindAsync("orders", record.Id, Cancel))!.Report.ShouldNotBeNull().ShouldSatisfyAllConditions(r => (r with { Phases = [], NotHeld = [], Notes = [] }).ShouldBe(report with { Phases = [], NotHeld = [], Notes = [] }), r => r.Phases.ShouldBe(report.Phases), r => r.NotHeld.ShouldBe(["p1"]));
        var second = (await _store.BeginAsync("orders", 2, ToDb2 with { Target = "db1" }, Now, Cancel))!;
        await _store.RollBackAsync(second with { Report = report }, "no", false, Now, Cancel);
        (await _store.FindAsync("orders", second.Id, Cancel))!.Report!.SessionsCut.ShouldBe(3);
    }

    [Fact]
    public async Task A_copy_is_whole_while_the_store_is_written()
    {
        var record = (await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel))!;
        await _store.CommitAsync(record, null, Now, Cancel);

        var stored = await CopyAsync(() => Task.WhenAll(_store.EndAsync(record, SwitchoverResult.Succeeded, "", Now, Cancel), _store.ProbeAsync(Cancel)));

        (stored.Selection!.Target, stored.Selection.Generation).ShouldBe(("db2", 2));
        Directory.GetFiles(_folder, "*.copy*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_copy_made_in_the_middle_of_a_switchover_is_of_before_it_so_that_it_undoes_nothing_when_it_is_put_back()
    {
        await _store.BeginAsync("orders", 1, ToDb2, Now, Cancel);

        var stored = await CopyAsync(() => Task.CompletedTask);

        stored.Unfinished.ShouldBeNull();
        (stored.Selection!.Target, stored.Selection.Generation).ShouldBe(("db1", 1));
        (await _store.LoadAsync("orders", Cancel)).Unfinished.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_store_of_the_first_format_is_read_and_goes_on()
    {
        var old = System.IO.Path.Combine(_folder, "old.db");
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={old};Pooling=false"))
        {
            await connection.OpenAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = FirstFormat;
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await using (var store = SqliteStore.Open(old))
        {
            store.Identity.Length.ShouldBe(12);
            store.Identity.ShouldNotBe(_store.Identity);
            var kept = (await store.HistoryAsync("orders", 10, Cancel)).ShouldHaveSingleItem();
            (kept.To, kept.By, kept.Result, kept.Message, kept.Report).ShouldBe(("db2", "ann", SwitchoverResult.Succeeded, "done", null));
            (await store.LoadAsync("orders", Cancel)).Selection!.Target.ShouldBe("db2");
            (await store.BeginAsync("orders", 2, ToDb2 with { Target = "db1" }, Now, Cancel)).ShouldNotBeNull();
        }

        await using var again = SqliteStore.Open(old);
        (await again.LoadAsync("orders", Cancel)).Unfinished.ShouldNotBeNull().Id.ShouldBe(2);
    }

    // As dbswitch wrote it before a switchover had a report.
    private async Task<StoredSwitch> CopyAsync(Func<Task> meanwhile)
    {
        var copy = System.IO.Path.Combine(_folder, "copy.db");
        await using (var file = File.Create(copy))
        {
            await Task.WhenAll(_store.BackUpAsync(file, Cancel), meanwhile());
        }

        await using var copied = SqliteStore.Open(copy);
        return await copied.LoadAsync("orders", Cancel);
    }

    private const string FirstFormat = """
        CREATE TABLE selection (switch TEXT PRIMARY KEY, target TEXT, generation INTEGER NOT NULL, since TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL);
        CREATE TABLE switchover (
            id INTEGER PRIMARY KEY AUTOINCREMENT, switch TEXT NOT NULL, generation INTEGER NOT NULL, from_target TEXT, to_target TEXT, by TEXT NOT NULL, reason TEXT NOT NULL,
            started TEXT NOT NULL, committed INTEGER NOT NULL DEFAULT 0, ended TEXT, result TEXT NOT NULL DEFAULT 'Running', message TEXT NOT NULL DEFAULT '');
        CREATE UNIQUE INDEX one_switchover_at_a_time ON switchover (switch) WHERE ended IS NULL;
        CREATE TABLE pause (switch TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL);
        CREATE TABLE address (switch TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (switch, target));
        INSERT INTO selection VALUES ('orders', 'db2', 2, '2026-01-01T03:00:00.0000000Z', 'ann', 'because');
        INSERT INTO switchover VALUES (1, 'orders', 2, 'db1', 'db2', 'ann', 'because', '2026-01-01T03:00:00.0000000Z', 1, '2026-01-01T03:00:01.0000000Z', 'Succeeded', 'done');
        PRAGMA user_version = 1;
        """;

    private async Task<Selection> SelectionAsync() => (await _store.LoadAsync("orders", Cancel)).Selection!;
}
