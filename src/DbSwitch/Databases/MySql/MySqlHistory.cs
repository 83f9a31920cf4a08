using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>What two servers have of each other's transactions, by their identifiers. Pure.</summary>
internal static class MySqlHistory
{
    /// <summary>Whether they have transactions of one writer, or one replicates from the other.</summary>
    public static bool IsShared(MySqlFacts one, MySqlFacts other) => one.IsMariaDb == other.IsMariaDb && (IsSourceOf(one, other) || IsSourceOf(other, one) || (one.IsMariaDb
        ? MariaGtids.Parse(one.Gtids).Meets(MariaGtids.Parse(other.Gtids))
        : GtidSet.Parse(one.Gtids).Sources.Intersect(GtidSet.Parse(other.Gtids).Sources, StringComparer.OrdinalIgnoreCase).Any()));

    /// <summary>Whether the second one replicates from the first, by what it says of its source.</summary>
    public static bool IsSourceOf(MySqlFacts source, MySqlFacts replica) => replica.Upstreams.Any(u => source.IsMariaDb ? u.SourceId == source.ServerId : string.Equals(u.SourceUuid, source.Identity, StringComparison.OrdinalIgnoreCase));

    /// <summary>Transactions of the other one that this one does not have; null for none.</summary>
    public static string? Lacks(MySqlFacts one, MySqlFacts other) => one.IsMariaDb
        ? MariaGtids.Parse(other.Gtids).Above(MariaGtids.Parse(one.Gtids)) is { IsEmpty: false } above ? above.ToString() : null
        : GtidSet.Parse(other.Gtids).Without(GtidSet.Parse(one.Gtids)) is { IsEmpty: false } rest ? rest.ToString() : null;

    /// <summary>How many that are; for people.</summary>
    public static long Behind(MySqlFacts replica, MySqlFacts primary) => primary.IsMariaDb
        ? MariaGtids.Parse(primary.Gtids).Above(MariaGtids.Parse(replica.Gtids)).Count
        : GtidSet.Parse(primary.Gtids).Without(GtidSet.Parse(replica.Gtids)).Count;

    /// <summary>Transactions that a replica has and its primary never had; null for none. What the primary itself wrote since it was asked is none of them.</summary>
    public static string? Errant(MySqlFacts replica, MySqlFacts primary) => primary.IsMariaDb
        ? MariaGtids.Parse(replica.Gtids).Above(MariaGtids.Parse(primary.Gtids)).WithoutThoseOf(primary.ServerId) is { IsEmpty: false } above ? above.ToString() : null
        : GtidSet.Parse(replica.Gtids).Without(GtidSet.Parse(primary.Gtids)).WithoutThoseOf(primary.Identity) is { IsEmpty: false } rest ? rest.ToString() : null;

    /// <summary>The same, with what the replica has received and not applied yet: whoever has it follow another one throws that away.</summary>
    public static string? ErrantOrReceived(MySqlFacts replica, MySqlFacts primary) => Errant(replica with { Gtids = string.Join(',', [replica.Gtids, .. replica.Upstreams.Select(u => u.Received)]) }, primary);

    /// <summary>
    /// Transactions that a MariaDB server has written itself, that another one has, and that it does not have any more; null for none. A replica passes over what is its own by the server_id, so that it
    /// never gets them back, and writes others under their numbers.
    /// </summary>
    public static string? LostOwn(MySqlFacts server, MySqlFacts primary) =>
        server.IsMariaDb && MariaGtids.Parse(primary.Gtids).Above(MariaGtids.Parse(server.Gtids)).ThoseOf(server.ServerId) is { IsEmpty: false } lost ? lost.ToString() : null;

    public static string Transactions(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "transaction" : "transactions")}");
}
