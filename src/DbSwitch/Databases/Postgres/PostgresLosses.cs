namespace DbSwitch.Databases.Postgres;

/// <summary>What a promotion leaves behind although it was confirmed: no replica has it. Told afterwards, each a sentence.</summary>
internal static class PostgresLosses
{
    // A slot that is kept on the replica too (sync_replication_slots) is there already.
    private const string Slots = "SELECT coalesce(string_agg(slot_name::text, ',' ORDER BY slot_name), '') FROM pg_replication_slots WHERE slot_type = 'logical' AND NOT temporary";
    private const string ReadsFiles = "SELECT has_function_privilege('pg_ls_dir(text, boolean, boolean)', 'EXECUTE') AND has_function_privilege('pg_stat_file(text, boolean)', 'EXECUTE')";

    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public static async Task<IReadOnlyList<string>> OfAsync(string presentName, PostgresSession present, string nextName, PostgresSession next, CancellationToken cancel)
    {
        var notes = new List<string>();
        if (await present.ScalarAsync<bool>(ReadsFiles, cancel).ConfigureAwait(false) && await PostgresUnlogged.AskAsync(present, cancel).ConfigureAwait(false) is { Count: > 0 } unlogged)
        {
            notes.Add($"What {presentName} had in {PostgresUnlogged.Say(unlogged)} is not on {nextName}: these tables are empty there");
        }

        var (before, after) = (await SlotsAsync(present, cancel).ConfigureAwait(false), await SlotsAsync(next, cancel).ConfigureAwait(false));
        if (before.Except(after).ToList() is { Count: > 0 } lost)
        {
            notes.Add($"Logical replication from {presentName} stops: {(lost.Count == 1 ? "its slot" : "its slots")} {string.Join(", ", lost)} {(lost.Count == 1 ? "is" : "are")} not on {nextName}, and whoever reads there must be set up anew from {nextName}");
        }

        return notes;
    }

    private static async Task<string[]> SlotsAsync(PostgresSession session, CancellationToken cancel) =>
        (await session.ScalarAsync<string>(Slots, cancel).ConfigureAwait(false)).Split(',', StringSplitOptions.RemoveEmptyEntries);
}
