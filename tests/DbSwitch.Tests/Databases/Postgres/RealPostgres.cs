using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using HaproxyRuntime;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>A real PostgreSQL server in a folder of its own, as the user postgres where we are root. Every fault is a verb; its port stays the same through all of them.</summary>
internal sealed class RealPostgres : IAsyncDisposable
{
    public const string Password = "s3cret of dbswitch";
    private const string Slot = "standby";
    private static readonly SemaphoreSlim Making = new(1, 1);
    private static string? s_template;
    private readonly string _folder;
    private GuardedProcess? _process;

    private RealPostgres(string folder, int port) => (_folder, Port) = (folder, port);

    public int Port { get; }

    public HostPort HostPort => new("127.0.0.1", Port);

    public string Data => Path.Combine(_folder, "data");

    /// <summary>As which dbswitch comes: scram, and a member of pg_monitor.</summary>
    public static PostgresDatabase Settings { get; } = new("dbswitch", new Secret(Password), "postgres") { Tls = DatabaseTls.Disable };

    public TargetConfiguration Target(string name, PostgresDatabase? settings = null) => new(name, HostPort) { Database = settings ?? Settings };

    /// <summary>A primary of a new cluster, with a database "orders" and a role "app" that owns it.</summary>
    public static async Task<RealPostgres> StartAsync()
    {
        var server = New();
        try
        {
            await RunAsync("cp", "-a", await TemplateAsync(), server.Data);
            await server.ConfigureAsync();
            await server.StartServerAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A primary of a cluster that has nothing to do with the others, which are all made from one template.</summary>
    public static async Task<RealPostgres> ForeignAsync()
    {
        var server = New();
        try
        {
            await MakeAsync(server);
            await server.StartServerAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A replica that streams from this one.</summary>
    /// <param name="through">The port of a link to this one, and then it has a slot, by which it is known; null for straight from it.</param>
    public async Task<RealPostgres> StandbyAsync(bool streams = true, int? through = null)
    {
        var standby = New();
        try
        {
            await RunAsync(InstalledPostgres.Tool("pg_basebackup"), "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "-h", "127.0.0.1", "-p", Text(Port), "-U", "postgres", "--no-sync");
            await standby.ConfigureAsync();
            if (through is not null)
            {
                await ExecuteAsync($"SELECT pg_create_physical_replication_slot('{Slot}')");
            }

            await standby.FollowAsync(!streams ? FreePort.Take() : through ?? Port, through is not null);
            await standby.StartServerAsync();
            if (streams)
            {
                await standby.StreamsAsync();
                await AllHaveCaughtUpAsync();
            }

            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    public Task StreamsAsync() => Until.TrueAsync($"the replica at {Port} to stream", async () => await ScalarAsync<string?>("SELECT status FROM pg_stat_wal_receiver") == "streaming", seconds: 20);

    /// <summary>The replicas of this one: a replica says "streaming" earlier.</summary>
    private Task AllHaveCaughtUpAsync() => Until.TrueAsync($"the replicas of {Port} to have caught up", async () => await ScalarAsync<bool>("SELECT coalesce(bool_and(state = 'streaming'), false) FROM pg_stat_replication"), seconds: 20);

    /// <summary>After a clean stop: made a replica of another one, which was promoted meanwhile.</summary>
    public async Task RewindAsync(RealPostgres primary)
    {
        // Without it pg_rewind finds both on one timeline, and does nothing.
        await primary.ExecuteAsync("CHECKPOINT");
        await StopAsync();
        await RunAsync(InstalledPostgres.Tool("pg_rewind"), "-D", Data, "--no-sync", "--source-server", $"host=127.0.0.1 port={Text(primary.Port)} user=postgres dbname=postgres");
        await ConfigureAsync();
        await FollowAsync(primary.Port);
        await RunAsync("touch", Path.Combine(Data, "standby.signal"));
        await StartServerAsync();

        // It streams to the end of the old timeline first, and then on the new one.
        var timeline = await primary.ScalarAsync<int>("SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int");
        await Until.TrueAsync($"the replica to stream on timeline {timeline}", async () => await ScalarAsync<long>($"SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming' AND received_tli = {timeline}") == 1, seconds: 20);
        await primary.AllHaveCaughtUpAsync();
    }

    /// <summary>Lines that a person would paste into a shell of its user, where its programs are on the path; all but the last one, which starts it again: that is done here.</summary>
    public async Task PasteAndStartAsync(IReadOnlyList<string> lines)
    {
        if (lines[^1] != $"pg_ctl start -D {Data}")
        {
            throw new InvalidOperationException($"It is not started at the end: {lines[^1]}");
        }

        var shell = string.Join('\n', [$"export HOME={_folder} PGPASSWORD='{Password}' PATH={Path.GetDirectoryName(InstalledPostgres.Tool("psql"))}:$PATH", .. lines.SkipLast(1)]);
        await RunAsync("bash", "-c", shell);
        if (_process is { } process)
        {
            await Until.TrueAsync("the server to stop", () => !process.IsRunning, seconds: 30);
            await process.DisposeAsync();
        }

        await StartServerAsync();
    }

    /// <summary>All its processes end at once; whoever calls goes on at once too.</summary>
    public void Kill() => Processes().ForEach(p => Signal(p, LinuxProcess.SigKill));

    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            var children = LinuxProcess.ChildrenOf(process.Pid);
            LinuxProcess.Signal(process.Pid, LinuxProcess.SigKill);
            await Until.TrueAsync("the server to be gone", () => !process.IsRunning);

            // Its children end when they notice: then the port is free.
            await Until.TrueAsync("its children to be gone", () => children.All(c => !LinuxProcess.IsAlive(c)));
            await process.DisposeAsync();
            _process = null;
        }
    }

    /// <summary>A clean, fast shutdown.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            LinuxProcess.Signal(process.Pid, LinuxProcess.SigInt);
            await Until.TrueAsync("the server to stop", () => !process.IsRunning, seconds: 30);
            await process.DisposeAsync();
            _process = null;
        }
    }

    /// <summary>It lets nobody in any more, and goes on for those who are: a smart shutdown, for as long as anybody is there.</summary>
    public void ShutDownSmartly() => LinuxProcess.Signal(_process!.Pid, LinuxProcess.SigTerm);

    /// <summary>Ends the sessions of a role, however little the server lets one do.</summary>
    public void EndSessionsOf(string role) => LinuxProcess.ChildrenOf(_process!.Pid).Where(c => LinuxProcess.CommandLineOf(c).Contains($" {role} ", StringComparison.Ordinal)).ToList().ForEach(c => Signal(c, LinuxProcess.SigTerm));

    public async Task StartServerAsync()
    {
        var (program, arguments) = InstalledPostgres.AsItsUser(InstalledPostgres.Tool("postgres"), "-D", Data);
        _process = await GuardedProcess.StartAsync(Path.Combine(_folder, "log"), program, arguments);
        await Until.TrueAsync($"PostgreSQL at {Port} to answer", AnswersAsync, seconds: 30);
    }

    /// <summary>All its processes stand still: connections are still accepted by the kernel, and nobody answers.</summary>
    public void Freeze()
    {
        // The postmaster first, so that there are no more of them. One that was just ending is none to wait for.
        LinuxProcess.Stop(_process!.Pid);
        LinuxProcess.ChildrenOf(_process.Pid).ToList().ForEach(c => Signal(c, LinuxProcess.SigStop));
    }

    /// <summary>A replica goes on receiving, and replays nothing any more.</summary>
    public void FreezeReplay() => LinuxProcess.Stop(LinuxProcess.ChildrenOf(_process!.Pid).Single(c => LinuxProcess.CommandLineOf(c).Contains("startup", StringComparison.Ordinal)));

    public void Thaw() => Processes().ForEach(p => Signal(p, LinuxProcess.SigCont));

    /// <summary>One whose session was just ending is none to signal.</summary>
    private static void Signal(int pid, int signal)
    {
        try
        {
            LinuxProcess.Signal(pid, signal);
        }
        catch (InvalidOperationException) when (!LinuxProcess.IsAlive(pid))
        {
            // Gone meanwhile, as it was about to.
        }
    }

    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    /// <summary>Adds lines to its configuration and reloads it.</summary>
    public async Task SetAsync(params string[] lines)
    {
        await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"), lines);
        if (_process is not null)
        {
            await ExecuteAsync("SELECT pg_reload_conf()");
        }
    }

    /// <summary>From now on it offers TLS, with this certificate (PEM).</summary>
    public async Task ServeTlsAsync((string Certificate, string Key) pair)
    {
        var (certificate, key) = (Path.Combine(_folder, "server.crt"), Path.Combine(_folder, "server.key"));
        await File.WriteAllTextAsync(certificate, pair.Certificate);
        await File.WriteAllTextAsync(key, pair.Key);
        await RunAsRootAsync("chmod", "600", key);
        InstalledPostgres.GiveToItsUser(certificate);
        InstalledPostgres.GiveToItsUser(key);
        await SetAsync("ssl = on", $"ssl_cert_file = '{certificate}'", $"ssl_key_file = '{key}'");
        await StopAsync();
        await StartServerAsync();
    }

    public NpgsqlConnection Connection(string user = "postgres", string database = "postgres", int? port = null) =>
        new($"Host=127.0.0.1;Port={Text(port ?? Port)};Username={user};Database={database};Pooling=false;Timeout=5;CommandTimeout=10;SSL Mode=Disable;GSS Encryption Mode=Disable");

    public async Task ExecuteAsync(string sql, string user = "postgres", string database = "postgres")
    {
        await using var connection = Connection(user, database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql, string user = "postgres", string database = "postgres")
    {
        await using var connection = Connection(user, database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            Thaw();
            Signal(process.Pid, LinuxProcess.SigInt);
            await Until.TrueAsync("the server to stop", () => !process.IsRunning, seconds: 30);
            await process.DisposeAsync();
        }

        await RunAsRootAsync("rm", "-rf", _folder);
    }

    private static RealPostgres New()
    {
        InstalledPostgres.Require();
        var folder = $"/tmp/dbsw-pg-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(folder);
        InstalledPostgres.GiveToItsUser(folder);
        return new RealPostgres(folder, FreePort.Take());
    }

    /// <summary>initdb takes a second: once is enough.</summary>
    private static async Task<string> TemplateAsync()
    {
        await Making.WaitAsync();
        try
        {
            if (s_template is null)
            {
                var server = New();
                await MakeAsync(server);
                s_template = server.Data;
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(server._folder, recursive: true);
            }

            return s_template;
        }
        finally
        {
            Making.Release();
        }
    }

    private static async Task MakeAsync(RealPostgres server)
    {
        await RunAsync(InstalledPostgres.Tool("initdb"), "-D", server.Data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions");
        await server.ConfigureAsync();
        await server.StartServerAsync();
        await server.ExecuteAsync($"CREATE ROLE dbswitch LOGIN SUPERUSER PASSWORD '{Password}'");
        await server.ExecuteAsync($"CREATE ROLE watcher LOGIN PASSWORD '{Password}' IN ROLE pg_monitor; CREATE ROLE app LOGIN; CREATE ROLE nobody LOGIN PASSWORD '{Password}'");
        await server.ExecuteAsync("CREATE DATABASE orders OWNER app");
        await server.ExecuteAsync("CREATE TABLE written (writer int, number int, PRIMARY KEY (writer, number))", "app", "orders");
        await server.StopAsync();
    }

    private Task ConfigureAsync()
    {
        File.WriteAllLines(Path.Combine(Data, "postgresql.conf"),
        [
            $"port = {Text(Port)}",
            "listen_addresses = '127.0.0.1'",
            $"unix_socket_directories = '{_folder}'",
            "fsync = off",
            "wal_log_hints = on",
            "wal_keep_size = '512MB'",
            "max_prepared_transactions = 10",
            "wal_receiver_status_interval = 1s",
            "wal_retrieve_retry_interval = 200ms",
            "shared_buffers = 16MB",
            "hot_standby_feedback = off",
        ]);
        File.WriteAllLines(Path.Combine(Data, "pg_hba.conf"),
        [
            "local all all trust",
            "host all dbswitch,watcher,nobody 127.0.0.1/32 scram-sha-256",
            "host all all 127.0.0.1/32 trust",
            "host replication all 127.0.0.1/32 trust",
        ]);
        return Task.CompletedTask;
    }

    private Task FollowAsync(int port, bool hasSlot = false) =>
        File.WriteAllTextAsync(Path.Combine(Data, "postgresql.auto.conf"), $"primary_conninfo = 'host=127.0.0.1 port={Text(port)} user=postgres'\n{(hasSlot ? $"primary_slot_name = '{Slot}'\n" : "")}");

    private List<int> Processes() => _process is { } process ? [process.Pid, .. LinuxProcess.ChildrenOf(process.Pid)] : [];

    private async Task<bool> AnswersAsync()
    {
        if (_process is not { IsRunning: true })
        {
            throw new InvalidOperationException($"PostgreSQL did not start: {Log}");
        }

        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var (as_, all) = InstalledPostgres.AsItsUser(program, arguments);
        await RunAsRootAsync(as_, all);
    }

    private static async Task RunAsRootAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/tmp" })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await output}{await error}");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
