using System.Globalization;

namespace DbSwitch.App.Demo.Parts;

/// <summary>The seed's: two servers that answer each line with their prefix, and a client that says hello.</summary>
internal sealed class EchoDatabases : IDemoDatabases
{
    public string Settings => "    hold: 1s";

    public string Kind => "tcp";

    public Task PrepareAsync(Database database, CancellationToken cancel) => Task.CompletedTask;

    public Task ReadyAsync(Database database, CancellationToken cancel) => Task.CompletedTask;

    public string[] Server(Database database) => ["echo-server", database.Port.ToString(CultureInfo.InvariantCulture), database.Prefix];

    public string[] Client(int port, TimeSpan every) =>
        ["client", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "--every", every.TotalSeconds.ToString(CultureInfo.InvariantCulture)];
}
