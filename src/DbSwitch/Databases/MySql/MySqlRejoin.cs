using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>How an old primary becomes a replica of the new one, as lines to paste. Pure.</summary>
internal static class MySqlRejoin
{
    public static IReadOnlyList<string> Steps(TargetState old, MySqlFacts? known, TargetState selected, MySqlFacts? primary)
    {
        var address = selected.Configuration.Address;
        var maria = (known ?? primary)?.IsMariaDb ?? true;
        var port = address.Port.ToString(CultureInfo.InvariantCulture);
        return
        [
            $"# on {old.Name}, in its client, as an administrator; with the replication account that {selected.Name} has",
            .. known is not null && primary is not null && MySqlHistory.Errant(known, primary) is { } errant
                ? (string[])[$"# first of all: {errant} was written to {old.Name} and never to {selected.Name}. See what it is (mysqlbinlog); {old.Name} has to be made anew from a copy of {selected.Name} (docs/mysql.md)"]
                : [],
            .. known is not null && primary is not null && MySqlHistory.LostOwn(known, primary) is { } lost
                ? (string[])[$"# first of all: {old.Name} lacks transactions that it wrote itself ({lost}), and would never get them as a replica; {old.Name} has to be made anew from a copy of {selected.Name} (docs/mysql.md)"]
                : [],
            maria ? "SET GLOBAL read_only = ON;" : "SET PERSIST super_read_only = ON;",
            .. maria ? (string[])["SET GLOBAL gtid_slave_pos = @@GLOBAL.gtid_binlog_pos;"] : [],
            maria
                ? $"CHANGE MASTER TO MASTER_HOST = '{address.Host}', MASTER_PORT = {port}, MASTER_USER = '...', MASTER_PASSWORD = '...', MASTER_USE_GTID = slave_pos;"
                : $"CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{address.Host}', SOURCE_PORT = {port}, SOURCE_USER = '...', SOURCE_PASSWORD = '...', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1;",
            maria ? "START SLAVE;" : "START REPLICA;",
        ];
    }
}
