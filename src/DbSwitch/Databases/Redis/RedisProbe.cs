using System.Net;

namespace DbSwitch.Databases.Redis;

/// <summary>Asks one target's server.</summary>
internal sealed class RedisProbe(RedisServer server, TimeProvider time) : SessionProbe<RedisSession>(time)
{
    protected override Task<RedisSession> OpenAsync(IPEndPoint address, CancellationToken cancel) => server.OpenAsync(address, cancel);

    protected override async Task<DatabaseFacts> AskAsync(RedisSession session, bool fresh, CancellationToken cancel) =>
        await RedisQuestion.AskAsync(session, server.Settings.Promotes, fresh, cancel).ConfigureAwait(false);
}
