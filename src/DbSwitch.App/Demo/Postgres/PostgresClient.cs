using System.Diagnostics;
using System.Globalization;
using DbSwitch.App.ExitCodes;
using HaproxyRuntime;
using Npgsql;

namespace DbSwitch.App.Demo.Postgres;

/// <summary>The demo's client of PostgreSQL: it writes one numbered row after the other, each over a connection of its own, and says which server has confirmed it, and when.</summary>
internal static class PostgresClient
{
    public const string Confirmed = "confirmed by the server at ";

    public static async Task<int> RunAsync(HostPort to, TimeSpan every, string passwordFile, TextWriter output, CancellationToken cancel)
    {
        var text = ConnectionString(to.Host, to.Port, PostgresDatabases.User, await File.ReadAllTextAsync(passwordFile, cancel), PostgresDatabases.Name);
        using var timer = new PeriodicTimer(every);
        for (var number = 1; !cancel.IsCancellationRequested; number++)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                var port = await WriteAsync(text, number, cancel);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"row {number}: {Confirmed}{port}, {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms"));
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"row {number}: failed ({e.Message}), {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms"));
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                break;
            }

            try
            {
                await timer.WaitForNextTickAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return ExitCode.Done;
    }

    public static string ConnectionString(string host, int port, string user, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = host,
        Port = port,
        Username = user,
        Password = password,
        Database = database,
        Pooling = false,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        ApplicationName = "demo",
    }.ConnectionString;

    private static async Task<int> WriteAsync(string text, int number, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(text);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand($"INSERT INTO {PostgresDatabases.Table} (number) VALUES ($1) RETURNING inet_server_port()", connection) { Parameters = { new NpgsqlParameter { Value = number } } };
        return (int)(await command.ExecuteScalarAsync(cancel))!;
    }
}
