using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using HaproxyRuntime;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>A real Patroni with its etcd: "db1" and "db2", one of which leads. Where there is none the test is skipped, and fails where CI=true.</summary>
internal sealed class PatroniCluster : IAsyncDisposable
{
    private const string Etcd = "etcd";
    private static readonly string? s_patroni = Program("patroni");
    private static readonly string? s_etcd = Program("etcd");
    private readonly string _folder = $"/tmp/dbsw-pat-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Dictionary<string, GuardedProcess> _processes = [];
    private readonly Dictionary<string, (string Program, string[] Arguments)> _programs = [];
    private readonly Dictionary<string, (int Port, int Api)> _members = new() { ["db1"] = (FreePort.Take(), FreePort.Take()), ["db2"] = (FreePort.Take(), FreePort.Take()) };

    private PatroniCluster()
    {
    }

    public int Port(string member) => _members[member].Port;

    /// <summary>Where it answers whether it leads: 200 to GET / from the leader alone.</summary>
    public int Api(string member) => _members[member].Api;

    public static string Other(string member) => member == "db1" ? "db2" : "db1";

    public TargetConfiguration Target(string member, PostgresDatabase settings) => new(member, new HostPort("127.0.0.1", Port(member))) { Database = settings };

    /// <summary>Both run, one leads, and it has the database "orders" of the role "app" and the role "watcher".</summary>
    public static async Task<PatroniCluster> StartAsync()
    {
        Require();
        var cluster = new PatroniCluster();
        try
        {
            await cluster.StartAllAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <returns>The member that leads, when the other one follows and has all it confirms; otherwise null.</returns>
    public async Task<string?> SettledAsync()
    {
        try
        {
            var cluster = await _http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{Text(Api("db1"))}/cluster");
            var members = cluster.GetProperty("members").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => (Role: m.GetProperty("role").GetString(), State: m.GetProperty("state").GetString()));
            var leader = members.FirstOrDefault(m => m.Value is { Role: "leader", State: "running" }).Key;
            return leader is not null && members.TryGetValue(Other(leader), out var other) && other is { Role: "sync_standby", State: "running" or "streaming" } ? leader : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<string> LeaderAsync()
    {
        string? leader = null;
        await Until.TrueAsync("Patroni to have a leader and a synchronous replica", async () => (leader = await SettledAsync()) is not null, seconds: 90);
        return leader!;
    }

    /// <summary>As an operator does it. Patroni's own answer comes when the new leader leads.</summary>
    public async Task SwitchoverAsync(string leader)
    {
        // Of a known length: it understands no chunks.
        using var content = new StringContent($"{{ \"leader\": \"{leader}\", \"candidate\": \"{Other(leader)}\" }}");
        using var answer = await _http.PostAsync($"http://127.0.0.1:{Text(Api(leader))}/switchover", content);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"Patroni: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>SIGKILL to its PostgreSQL; Patroni lives, and sees it.</summary>
    public void KillPostgres(string member) => LinuxProcess.Signal(Postmaster(member)!.Value, LinuxProcess.SigKill);

    /// <summary>SIGKILL to the Patroni of a member; its PostgreSQL lives, and nobody minds it.</summary>
    public Task KillPatroniAsync(string member) => KillAsync(member);

    public Task StartPatroniAsync(string member) => StartAsync(member);

    public Task KillEtcdAsync() => KillAsync(Etcd);

    public Task StartEtcdAsync() => StartAsync(Etcd);

    public async Task ExecuteAsync(string member, string sql, string user = "postgres", string database = "postgres")
    {
        await using var connection = Connection(member, user, database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public NpgsqlConnection Connection(string member, string user = "postgres", string database = "postgres") =>
        new($"Host=127.0.0.1;Port={Text(Port(member))};Username={user};Database={database};Pooling=false;Timeout=10;CommandTimeout=20;SSL Mode=Disable;GSS Encryption Mode=Disable");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();

        // Patroni first, or it starts them again; its servers are in sessions of their own.
        foreach (var process in _processes.Reverse())
        {
            await process.Value.DisposeAsync();
        }

        foreach (var pid in _members.Keys.Select(Postmaster).OfType<int>().Where(LinuxProcess.IsAlive))
        {
            LinuxProcess.Signal(pid, LinuxProcess.SigInt);
            await Until.TrueAsync("the server to stop", () => !LinuxProcess.IsAlive(pid), seconds: 30);
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private int? Postmaster(string member) => Path.Combine(_folder, member, "postmaster.pid") is var file && File.Exists(file) ? int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture) : null;

    private async Task StartAllAsync()
    {
        Directory.CreateDirectory(_folder);
        InstalledPostgres.GiveToItsUser(_folder);
        var (clients, peers) = ($"http://127.0.0.1:{Text(FreePort.Take())}", $"http://127.0.0.1:{Text(FreePort.Take())}");
        await RunAsync(Etcd, s_etcd!, "--data-dir", Path.Combine(_folder, "etcd"), "--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}", "--unsafe-no-fsync");
        foreach (var member in _members.Keys)
        {
            var file = Path.Combine(_folder, member + ".yml");
            await File.WriteAllTextAsync(file, Configuration(member, new Uri(clients).Authority));
            await RunAsync(member, s_patroni!, file);
        }

        var leader = await LeaderAsync();
        await ExecuteAsync(leader, $"CREATE ROLE watcher LOGIN PASSWORD '{RealPostgres.Password}' IN ROLE pg_monitor; CREATE ROLE app LOGIN");
        await ExecuteAsync(leader, "CREATE DATABASE orders OWNER app");
        await ExecuteAsync(leader, "CREATE TABLE written (writer int, number int, PRIMARY KEY (writer, number))", "app", "orders");
    }

    private async Task RunAsync(string name, string program, params string[] arguments)
    {
        _programs[name] = InstalledPostgres.AsItsUser(program, arguments);
        await StartAsync(name);
    }

    private async Task StartAsync(string name) =>
        _processes[name] = await GuardedProcess.StartAsync(Path.Combine(_folder, name + ".log"), _programs[name].Program, _programs[name].Arguments);

    private async Task KillAsync(string name)
    {
        _processes.Remove(name, out var process);
        await process!.DisposeAsync();
    }

    private string Configuration(string member, string etcd) =>
        $$"""
        scope: orders
        name: {{member}}
        restapi: { listen: "127.0.0.1:{{Text(Api(member))}}", connect_address: "127.0.0.1:{{Text(Api(member))}}" }
        etcd3: { host: "{{etcd}}" }
        bootstrap:
          dcs:
            ttl: 20
            loop_wait: 1
            retry_timeout: 3
            primary_start_timeout: 0
            synchronous_mode: true
            postgresql: { use_pg_rewind: true, parameters: { wal_log_hints: "on", fsync: "off", shared_buffers: 16MB, wal_retrieve_retry_interval: 200ms } }
          initdb: [ { auth: trust }, no-sync ]
        postgresql:
          listen: "127.0.0.1:{{Text(Port(member))}}"
          connect_address: "127.0.0.1:{{Text(Port(member))}}"
          data_dir: {{Path.Combine(_folder, member)}}
          bin_dir: {{Path.GetDirectoryName(InstalledPostgres.Tool("postgres"))}}
          pgpass: {{Path.Combine(_folder, member + ".pgpass")}}
          authentication: { superuser: { username: postgres }, replication: { username: postgres }, rewind: { username: postgres } }
          parameters: { unix_socket_directories: {{_folder}} }
          pg_hba: [ "local all all trust", "host all watcher 127.0.0.1/32 scram-sha-256", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust" ]
        """;

    private static void Require()
    {
        InstalledPostgres.Require();
        if (s_patroni is not null && s_etcd is not null)
        {
            return;
        }

        const string Reason = "Patroni and etcd are not here (packages patroni and etcd-server).";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(Reason);
        }

        Assert.Skip(Reason);
    }

    private static string? Program(string name) => ((string[])["/usr/bin", "/usr/local/bin"]).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
