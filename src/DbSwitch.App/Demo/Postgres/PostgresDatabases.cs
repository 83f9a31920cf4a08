using System.Globalization;
using System.Security.Cryptography;
using DbSwitch.App.Demo.Parts;
using Npgsql;

namespace DbSwitch.App.Demo.Postgres;

/// <summary>A real PostgreSQL primary and its replica, in the demo's folder, with a password that nobody else knows.</summary>
internal sealed class PostgresDatabases(DemoDirectory directory, IReadOnlyList<Database> databases) : IDemoDatabases
{
    /// <summary>The client's role and database, which a switchover closes; the manager comes as <see cref="Manager"/>.</summary>
    public const string User = "app";
    public const string Name = "orders";
    public const string Table = "written";

    private const string Manager = "dbswitch";
    private const string Maintenance = "postgres";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private readonly string _password = RandomNumberGenerator.GetHexString(24, lowercase: true);

    public string Kind => "postgres";

    // A row waits longer than a hello: nobody is to lose one because a machine is slow.
    public string Settings =>
        $$"""
            hold: 10s
            postgres:
              user: {{Manager}}
              password_file: {{directory.Password}}
              tls: disable
              promote: sql
        """;

    public async Task PrepareAsync(Database database, CancellationToken cancel)
    {
        if (database != databases[0])
        {
            await ExecuteAsync(databases[0].Port, $"CREATE ROLE {User} LOGIN PASSWORD '{_password}'", cancel);
            await ExecuteAsync(databases[0].Port, $"CREATE DATABASE {Name} OWNER {User}", cancel);
            await ExecuteAsync(databases[0].Port, $"CREATE TABLE {Table} (number int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())", cancel, User, Name);
            await PostgresPrograms.RunAsync(WithPassword("pg_basebackup", "-D", Data(database), "-R", "-X", "stream", "-c", "fast", "-h", "127.0.0.1", "-p", Text(databases[0].Port), "-U", Manager, "--no-sync"), cancel);
            return;
        }

        // Beside the demo's own folder, which is for nobody else; PostgreSQL's user may be another one.
        Directory.CreateDirectory(directory.Databases, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var password = Path.Combine(directory.Databases, "password");
        await File.WriteAllTextAsync(directory.Password, _password, cancel);
        await File.WriteAllTextAsync(password, _password, cancel);
        await PostgresPrograms.GiveAsync(password, cancel);
        await PostgresPrograms.GiveAsync(directory.Databases, cancel);
        await PostgresPrograms.RunAsync(PostgresPrograms.Start("initdb", "-D", Data(database), "-U", Manager, $"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync", "--no-instructions"), cancel);
    }

    public Task ReadyAsync(Database database, CancellationToken cancel) => UntilAsync(
        $"PostgreSQL at {database.Port} to be ready",
        async () => await ScalarAsync<bool>(database.Port, database == databases[0] ? "SELECT true" : "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')", cancel),
        cancel);

    public string[] Server(Database database) => ["postgres-server", Data(database), Text(database.Port)];

    public string[] Client(int port, TimeSpan every) => ["postgres-client", $"127.0.0.1:{Text(port)}", "--every", every.TotalSeconds.ToString(CultureInfo.InvariantCulture), "--password-file", directory.Password];

    /// <summary>After its server has ended, and before it is started again: a replica from then on. As the answer of <c>select</c> says it to operators.</summary>
    public async Task RewindAsync(Database left, Database present, CancellationToken cancel)
    {
        await ExecuteAsync(present.Port, "CHECKPOINT", cancel);
        await PostgresPrograms.RunAsync(WithPassword("pg_rewind", "--target-pgdata", Data(left), "--write-recovery-conf", "--no-sync", "--source-server", $"host=127.0.0.1 port={Text(present.Port)} user={Manager} dbname={Maintenance}"), cancel);
    }

    /// <summary>Until a replica has caught up with the primary, also over its change of timelines.</summary>
    public Task FollowsAsync(Database present, CancellationToken cancel) => UntilAsync(
        $"the replica of {present.Name} to have caught up", () => ScalarAsync<bool>(present.Port, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')", cancel), cancel);

    /// <summary>The numbers of all rows, as a client sees them.</summary>
    public async Task<IReadOnlyList<int>> RowsAsync(int port, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(port, User, Name, cancel);
        await using var command = new NpgsqlCommand($"SELECT number FROM {Table}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<int>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(reader.GetInt32(0));
        }

        return rows;
    }

    private string Data(Database database) => Path.Combine(directory.Databases, database.Name);

    private System.Diagnostics.ProcessStartInfo WithPassword(string program, params string[] arguments)
    {
        var start = PostgresPrograms.Start(program, arguments);
        start.Environment["PGPASSWORD"] = _password;
        return start;
    }

    private async Task ExecuteAsync(int port, string sql, CancellationToken cancel, string user = Manager, string database = Maintenance)
    {
        await using var connection = await OpenAsync(port, user, database, cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<T> ScalarAsync<T>(int port, string sql, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(port, Manager, Maintenance, cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }

    private async Task<NpgsqlConnection> OpenAsync(int port, string user, string database, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(PostgresClient.ConnectionString("127.0.0.1", port, user, _password, database));
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> isSo, CancellationToken cancel)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await isSo())
                {
                    return;
                }
            }
            catch (NpgsqlException) when (TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                // It does not listen yet, or is just starting.
            }

            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new DemoException($"Waited {Patience.TotalSeconds:0} s in vain for {what}.");
            }

            await Task.Delay(Pace, cancel);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
