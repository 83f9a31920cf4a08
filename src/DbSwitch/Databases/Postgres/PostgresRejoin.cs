using System.Globalization;
using System.Text.RegularExpressions;
using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Databases.Postgres;

/// <summary>How an old primary becomes a replica of the new one, as lines to paste, with all that is known of both. Pure.</summary>
internal static partial class PostgresRejoin
{
    /// <param name="old">What it last told about itself; null when nothing is known of it.</param>
    public static IReadOnlyList<string> Steps(string oldName, PostgresFacts? old, TargetConfiguration primary, HostPort primaryAddress, PostgresFacts? now)
    {
        var user = ((PostgresDatabase)primary.Database).User;
        var at = $"host={primaryAddress.Host} port={primaryAddress.Port.ToString(CultureInfo.InvariantCulture)}";
        var server = old?.ConfigurationFile is { } file && DebianFile().Match(file) is { Success: true } debian ? debian : null;
        var tools = server is null ? "" : $"/usr/lib/postgresql/{server.Groups[1].Value}/bin/";
        var data = old?.DataDirectory ?? "\"$PGDATA\"";
        var isInside = old?.ConfigurationFile is null || old.DataDirectory is { } folder && old.ConfigurationFile.StartsWith(folder + "/", StringComparison.Ordinal);
        var files = isInside ? "postgresql.auto.conf postgresql.conf pg_hba.conf pg_ident.conf" : "postgresql.auto.conf";

        // With a configuration that lies elsewhere, crash recovery of pg_rewind has to be told where.
        var configuration = isInside || Major(old) < 15 ? "" : $" --config-file={old!.ConfigurationFile}";
        var replication = now?.ReplicationUser ?? user;
        return
        [
            $"# on {primary.Name}, or from anywhere that reaches it",
            $"psql '{at} user={user} dbname=postgres' -c CHECKPOINT",
            $"# on {oldName}, as the user that runs its PostgreSQL (pg_rewind asks for the password of {user})",
            .. old?.DataDirectory is null ? (string[])["export PGDATA=/path/to/its/data"] : [],
            server is null ? $"pg_ctl stop -D {data} -m fast" : $"pg_ctlcluster {server.Groups[1].Value} {server.Groups[2].Value} stop -m fast",
            $"(umask 077; tar -C {data} -cf ~/{oldName}-configuration.tar {files})",
            $"{tools}pg_rewind --target-pgdata={data} --source-server='{at} user={user} dbname=postgres'{configuration}",
            $"tar -C {data} -xf ~/{oldName}-configuration.tar",
            $"# add \"password=...\" to the next line, or have it in ~/.pgpass, where {replication} needs one",
            $"echo \"primary_conninfo = '{at} user={replication}'\" >> {data}/postgresql.auto.conf",
            $"touch {data}/standby.signal",
            server is null ? $"pg_ctl start -D {data}" : $"pg_ctlcluster {server.Groups[1].Value} {server.Groups[2].Value} start",
        ];
    }

    private static int Major(PostgresFacts? facts) => facts is not null && int.TryParse(facts.Version.Split('.', ' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;

    [GeneratedRegex("^/etc/postgresql/([0-9]+)/([^/]+)/postgresql\\.conf$")]
    private static partial Regex DebianFile();
}
