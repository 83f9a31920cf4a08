using System.Globalization;
using System.Security.Cryptography;
using DbSwitch.Configuration;
using DbSwitch.Gates;
using DbSwitch.Tests.Databases.Postgres;
using HaproxyRuntime;
using Npgsql;

namespace DbSwitch.Tests.Gates;

/// <summary>A real PgBouncer in a folder of its own, with the database "orders". Where there is none the test is skipped, and fails where CI=true. Every fault is a verb.</summary>
internal sealed class RealPgBouncer : IAsyncDisposable
{
    public const string Password = "s3cret of the gate";
    private static readonly string? s_program = ((string[])["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"]).FirstOrDefault(File.Exists);
    private readonly string _folder;
    private GuardedProcess? _process;

    public RealPgBouncer()
    {
        Require();
        _folder = $"/tmp/dbsw-pgb-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(_folder);
        InstalledPostgres.GiveToItsUser(_folder);
    }

    public int Port { get; init; } = FreePort.Take();

    /// <summary>Its own, whoever else listens at its port.</summary>
    public GateConfiguration SocketGate => Gate with { SocketFile = Path.Combine(_folder, $".s.PGSQL.{Port.ToString(CultureInfo.InvariantCulture)}") };

    public string SocketFolder => $"unix_socket_dir = {_folder}";

    /// <summary>As dbswitch knows it.</summary>
    public GateConfiguration Gate => new("pool", new HostPort("127.0.0.1", Port), "dbswitch", new Secret(Password), "orders") { Tls = DatabaseTls.Disable };

    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    public async Task StartAsync(int serverPort, params string[] settings)
    {
        await WriteAsync(serverPort, settings);
        await StartAgainAsync();
    }

    /// <summary>Started anew: from now on it takes nobody without TLS, and has this certificate (PEM).</summary>
    public async Task ServeTlsAsync((string Certificate, string Key) pair, int serverPort)
    {
        await KillAsync();
        var (certificate, key) = (Path.Combine(_folder, "server.crt"), Path.Combine(_folder, "server.key"));
        await File.WriteAllTextAsync(certificate, pair.Certificate);
        await File.WriteAllTextAsync(key, pair.Key);
        await StartAsync(serverPort, "client_tls_sslmode = require", $"client_tls_cert_file = {certificate}", $"client_tls_key_file = {key}");
    }

    /// <summary>As a person does it at its console.</summary>
    public async Task CommandAsync(string command)
    {
        await using var console = await AdminConsole.OpenAsync(Gate, CancellationToken.None);
        await console.AskAsync(command, CancellationToken.None);
    }

    /// <summary>Its configuration, with another server; RELOAD makes it so.</summary>
    public async Task WriteAsync(int serverPort, params string[] settings)
    {
        // A database's own pool_mode stands beside its address; all else is for all of it.
        var (beside, rest) = (settings.Where(s => s.StartsWith("pool_mode", StringComparison.Ordinal)), settings.Where(s => !s.StartsWith("pool_mode", StringComparison.Ordinal)));
        await File.WriteAllLinesAsync(Path.Combine(_folder, "pgbouncer.ini"),
        [
            "[databases]",
            $"orders = host=127.0.0.1 port={serverPort.ToString(CultureInfo.InvariantCulture)} dbname=orders {string.Join(' ', beside)}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            $"listen_port = {Port.ToString(CultureInfo.InvariantCulture)}",
            "unix_socket_dir =",
            "pool_mode = transaction",
            "auth_type = scram-sha-256",
            $"auth_file = {_folder}/users",
            "admin_users = dbswitch",
            "stats_users = watcher",
            "ignore_startup_parameters = extra_float_digits",
            // Its own defaults, said here: another version's may be others.
            "server_login_retry = 15",
            "query_wait_timeout = 120",
            .. rest,
        ]);
        await File.WriteAllLinesAsync(Path.Combine(_folder, "users"), ((string[])["dbswitch", "watcher", "app"]).Select(u => $"\"{u}\" \"{Password}\""));
    }

    public async Task StartAgainAsync()
    {
        var (program, arguments) = InstalledPostgres.AsItsUser(s_program!, Path.Combine(_folder, "pgbouncer.ini"));
        _process = await GuardedProcess.StartAsync(Path.Combine(_folder, "log"), program, arguments);
        await Until.TrueAsync($"PgBouncer at {Port} to answer", async () => !(await LookAsync()).Gone, seconds: 20);
    }

    public async Task KillAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        _process = null;
    }

    public void Freeze() => LinuxProcess.Stop(_process!.Pid);

    public void Thaw() => LinuxProcess.Signal(_process!.Pid, LinuxProcess.SigCont);

    public async Task<GateLook> LookAsync(GateConfiguration? gate = null)
    {
        await using var one = new Gate(gate ?? Gate, TimeProvider.System);
        return await one.LookAsync(CancellationToken.None);
    }

    public async Task<bool> IsPausedAsync() => (await LookAsync()).Facts!.Paused;

    public NpgsqlConnection Connection() =>
        new($"Host=127.0.0.1;Port={Port.ToString(CultureInfo.InvariantCulture)};Username=app;Password={Password};Database=orders;Pooling=false;Timeout=30;CommandTimeout=30;No Reset On Close=true;SSL Mode=Disable;GSS Encryption Mode=Disable");

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    private static void Require()
    {
        InstalledPostgres.Require();
        if (s_program is not null)
        {
            return;
        }

        const string Reason = "PgBouncer is not here (package pgbouncer).";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(Reason);
        }

        Assert.Skip(Reason);
    }
}
