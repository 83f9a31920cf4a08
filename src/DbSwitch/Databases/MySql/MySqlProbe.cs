using System.Net;
using DbSwitch.Configuration;

namespace DbSwitch.Databases.MySql;

/// <summary>Asks one target's MySQL or MariaDB.</summary>
internal sealed class MySqlProbe(MySqlServer server, TimeProvider time) : SessionProbe<MySqlSession>(time)
{
    protected override Task<MySqlSession> OpenAsync(IPEndPoint address, CancellationToken cancel) => server.OpenAsync(address, cancel);

    protected override async Task<DatabaseFacts> AskAsync(MySqlSession session, bool fresh, CancellationToken cancel) =>
        await MySqlQuestion.AskAsync(session, server.Settings.Promote == Promotion.Self, cancel).ConfigureAwait(false);
}
