using System.Globalization;

namespace DbSwitch.Databases.Redis;

/// <summary>All that is asked of a server, in one round trip.</summary>
internal static class RedisQuestion
{
    private static readonly string[] s_minReplicas = ["CONFIG", "GET", "min-replicas-*"];
    private static readonly string[][] s_replication = [.. ((string[])["masterauth", "masteruser", "requirepass", "tls-replication", "save", "repl-ping-replica-period"]).Select(s => (string[])["CONFIG", "GET", s])];
    private static readonly string[] s_clients = ["CLIENT", "LIST", "TYPE", "normal"];
    private static readonly string[] s_subscribers = ["CLIENT", "LIST", "TYPE", "pubsub"];

    /// <param name="settings">Whether a switchover will change something there: then its settings are asked for too.</param>
    /// <param name="all">All of its settings, and who is connected.</param>
    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public static async Task<RedisFacts> AskAsync(RedisSession session, bool settings, bool all, CancellationToken cancel)
    {
        var answers = await session.TryAskAllAsync([["INFO"], .. settings ? (string[][])[s_minReplicas] : [], .. settings && all ? (string[][])[.. s_replication, s_clients, s_subscribers] : []], cancel).ConfigureAwait(false);
        var facts = answers[0] switch
        {
            RespValue.Text { Value: { } text } => Read(new RedisInfo(text)),
            RespValue.Error error => throw RedisTrouble.Of(error, ["INFO"], session.Server),
            _ => throw RedisTrouble.Strange(["INFO"]),
        };

        // What the user may not ask for is not known; what a switchover needs of it is tried before one.
        var values = Values(answers.Skip(1));
        return facts with
        {
            Settings = Number(values, "min-replicas-to-write") is { } least && Number(values, "min-replicas-max-lag") is { } lag ? new RedisSettings(least, lag) { Replication = Replication(values) } : null,
            Sentinels = settings && all && answers is [.., RespValue.Text { Value: { } clients }, RespValue.Text { Value: { } subscribers }] ? RedisClient.Parse(clients + '\n' + subscribers).Count(c => c.IsSentinel) : null,
        };
    }

    /// <exception cref="DatabaseException">It is nothing that is known.</exception>
    public static RedisFacts Read(RedisInfo info)
    {
        var valkey = info.Text("valkey_version");
        var isReplica = info.Required("role") == "slave";
        return new RedisFacts(
            valkey is null ? "Redis" : "Valkey",
            valkey ?? info.Required("redis_version"),
            info.Required("run_id"),
            isReplica,
            info.Required("master_replid"),
            info.Number(isReplica ? "slave_repl_offset" : "master_repl_offset") ?? 0,
            info.All("db").Sum(d => long.TryParse(d.GetValueOrDefault("keys"), NumberStyles.None, CultureInfo.InvariantCulture, out var keys) ? keys : 0))
        {
            FormerReplId = info.Text("master_replid2") is { } former && former.Any(c => c != '0') ? former : null,
            FormerEnd = info.Number("second_repl_offset") ?? -1,
            Upstream = isReplica ? new RedisUpstream(info.Text("master_host") ?? "", (int)(info.Number("master_port") ?? 0), info.Text("master_link_status") == "up", info.Is("master_sync_in_progress"), info.Number("master_last_io_seconds_ago") is { } ago and >= 0 ? TimeSpan.FromSeconds(ago) : null) { DownFor = DownFor(info) } : null,
            ReplicaIsReadOnly = !isReplica || info.Is("slave_read_only"),
            Loading = info.Is("loading"),
            Cluster = info.Is("cluster_enabled"),
            Clients = info.Number("connected_clients") ?? 0,
            Replicas = [.. info.All("slave").Select(s => new RedisReplica(s.GetValueOrDefault("ip", ""), int.TryParse(s.GetValueOrDefault("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0, s.GetValueOrDefault("state") == "online"))],
            GoodReplicas = info.Number("min_slaves_good_slaves"),
            ConfigurationFile = info.Text("config_file"),
            LoadedKeys = info.Number("rdb_last_load_keys_loaded"),
            ExpiredKeys = info.Number("rdb_last_load_keys_expired") ?? 0,
            Appends = info.Is("aof_enabled"),
        };
    }

    // One that never stood is down since the start.
    private static TimeSpan? DownFor(RedisInfo info) => info.Text("master_link_status") == "up" ? null : TimeSpan.FromSeconds(info.Number("master_link_down_since_seconds") is { } since and >= 0 ? since : info.Number("uptime_in_seconds") ?? 0);

    private static Dictionary<string, string> Values(IEnumerable<RespValue> answers)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var list in answers.OfType<RespValue.List>())
        {
            for (var i = 0; list.Items is { } items && i + 1 < items.Count; i += 2)
            {
                if (items[i] is RespValue.Text { Value: { } name } && items[i + 1] is RespValue.Text { Value: { } value })
                {
                    values[name] = value;
                }
            }
        }

        return values;
    }

    private static RedisReplicationSettings? Replication(Dictionary<string, string> values) => values.ContainsKey("masterauth")
        ? new RedisReplicationSettings(values.Has("masterauth"), values.Has("masteruser"), values.Has("requirepass"), values.GetValueOrDefault("tls-replication") == "yes", values.Has("save"), TimeSpan.FromSeconds(Number(values, "repl-ping-replica-period") ?? 10))
        : null;

    private static bool Has(this Dictionary<string, string> values, string name) => values.GetValueOrDefault(name) is { Length: > 0 };

    private static long? Number(Dictionary<string, string> values, string name) => long.TryParse(values.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
