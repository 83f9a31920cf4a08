using DbSwitch.Storage;

namespace DbSwitch.App.Http;

/// <summary><c>GET /backup</c>.</summary>
internal static class BackupAnswer
{
    public const string ContentType = "application/vnd.sqlite3";

    public static async Task<IResult> BackUpAsync(ISwitchStore store, CancellationToken cancel)
    {
        // In memory first: an answer that has begun can't become a problem any more. Years of history are a few megabytes.
        var copy = new MemoryStream();
        await store.BackUpAsync(copy, cancel);
        return Results.Bytes(copy.ToArray(), ContentType, "state.db");
    }
}
