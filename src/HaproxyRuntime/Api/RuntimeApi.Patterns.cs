namespace HaproxyRuntime;

/// <content>Maps, ACLs and stick tables, read (management guide section 9.3). All but the list of tables need the level <c>operator</c>.</content>
public abstract partial class RuntimeApi
{
    /// <summary><c>show map</c>: which maps there are.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> below the level <c>operator</c>.</exception>
    public Task<IReadOnlyList<PatternList>> ShowMapsAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowMaps, PatternList.ParseAll, cancel);

    /// <summary><c>show map MAP</c>: its entries, none for an empty one and for a version that it does not have.</summary>
    /// <param name="map">Its file as the configuration names it, or <c>#</c> and its number (<see cref="PatternList.Reference"/>).</param>
    /// <param name="version">Which version of it, or null for the one in use.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such map.</exception>
    public Task<IReadOnlyList<MapEntry>> ShowMapAsync(string map, long? version = null, CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowMap(map, version), MapEntry.ParseAll, cancel);

    /// <summary><c>show acl</c>: which ACLs there are.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> below the level <c>operator</c>.</exception>
    public Task<IReadOnlyList<PatternList>> ShowAclsAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowAcls, PatternList.ParseAll, cancel);

    /// <summary><c>show acl ACL</c>: its patterns, none for an empty one and for a version that it does not have.</summary>
    /// <param name="acl">Its file as the configuration names it, or <c>#</c> and its number (<see cref="PatternList.Reference"/>).</param>
    /// <param name="version">Which version of it, or null for the one in use.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such ACL.</exception>
    public Task<IReadOnlyList<AclEntry>> ShowAclAsync(string acl, long? version = null, CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowAcl(acl, version), AclEntry.ParseAll, cancel);

    /// <summary><c>show table</c>: which stick tables there are.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<IReadOnlyList<StickTable>> ShowTablesAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowTables, StickTable.ParseAll, cancel);

    /// <summary><c>show table NAME</c>: a stick table with its entries.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such table, and below the level <c>operator</c>.</exception>
    public Task<StickTableContents> ShowTableAsync(string table, CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowTable(table), StickTableContents.Parse, cancel);
}
