using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// Which stick tables lead clients to the servers of a backend. With <c>option persist</c>, which no Runtime API tells, HAProxy sends such a client to its server even
/// while that is in maintenance (2.6, 3.0 and 3.2).
/// </summary>
internal static class StickTables
{
    // No server has such a number: HAProxy answers with the table's header where its entries name servers, and refuses where they don't.
    private const string NamesServers = " data.server_id gt 2000000000";
    private const string OfServers = " data.server_id gt 0";

    // More are not read: HAProxy would be busy with it, and so would we.
    private const int MostEntries = 20_000;

    public static async Task<IReadOnlyList<string>> ReadAsync(RuntimeApi api, string backend, IReadOnlyList<ServerState> servers, CancellationToken cancel)
    {
        var found = new List<string>();
        foreach (var table in await api.ShowTablesAsync(cancel).ConfigureAwait(false))
        {
            var show = RuntimeCommand.ShowTable(table.Name).Text;
            if (!(await api.ExecuteAsync(RuntimeCommand.Raw(show + NamesServers), cancel).ConfigureAwait(false)).StartsWith("# table: ", StringComparison.Ordinal))
            {
                continue;
            }

            // A backend's own table is filled by its own "stick" lines. One that is elsewhere may be another backend's: its entries tell.
            if (table.Name == backend || (table.Used <= MostEntries && LeadsToAny(await api.ExecuteAsync(RuntimeCommand.Raw(show + OfServers), cancel).ConfigureAwait(false), servers)))
            {
                found.Add(table.Name);
            }
        }

        return found;
    }

    private static bool LeadsToAny(string answer, IReadOnlyList<ServerState> servers) =>
        StickTableContents.Parse(answer).Entries.Any(e => e.Data.Any(d => d.Name == "server_key" && servers.Any(s => s.Name == d.Value)));
}
