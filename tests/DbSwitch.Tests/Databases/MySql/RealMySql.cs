using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DbSwitch.Configuration;
using DbSwitch.Databases.MySql;
using HaproxyRuntime;
using MySqlConnector;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>A real MariaDB or MySQL server in a folder of its own. Every fault is a verb; its port stays the same through all of them.</summary>
internal sealed class RealMySql : IAsyncDisposable
{
    public const string Password = "s3cret of dbswitch";
    public const string ReplicationPassword = "it''s repl";
    private static readonly SemaphoreSlim Making = new(1, 1);
    private static readonly Dictionary<string, string> Templates = [];
    private static int s_servers;
    private readonly string _folder;
    private readonly string _product;
    private readonly int _id = Interlocked.Increment(ref s_servers);
    private string[] _options = [];
    private GuardedProcess? _process;

    private RealMySql(string product) => (_product, _folder, Port) = (product, Directory.CreateDirectory($"/tmp/dbsw-my-{RandomNumberGenerator.GetHexString(6, lowercase: true)}").FullName, FreePort.Take());

    public int Port { get; }

    public bool IsMariaDb => _product != InstalledMySql.MySql;

    public HostPort HostPort => new("127.0.0.1", Port);

    public string Data => Path.Combine(_folder, "data");

    /// <summary>As which dbswitch comes: an account with just the rights that docs/mysql.md names.</summary>
    public static MySqlDatabase Settings { get; } = new("dbswitch", new Secret(Password)) { Tls = DatabaseTls.Disable };

    public TargetConfiguration Target(string name, MySqlDatabase? settings = null) => new(name, HostPort) { Database = settings ?? Settings };

    /// <summary>A primary with a database "orders" and an account "app" that may write there.</summary>
    public static async Task<RealMySql> StartAsync(string product, params string[] options)
    {
        InstalledMySql.Folder(product);
        var server = new RealMySql(product) { _options = options };
        try
        {
            await RunAsync("cp", "-a", await TemplateAsync(product), server.Data);
            await server.StartServerAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A replica of this one, which has written nothing that is not in its binary logs.</summary>
    public async Task<RealMySql> ReplicaAsync(string? product = null, params string[] options)
    {
        var replica = await StartAsync(product ?? _product, options);
        try
        {
            await replica.FollowAsync(Port);
            await replica.ExecuteAsync("SET GLOBAL read_only = ON");
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    public async Task FollowAsync(int port, bool waits = true)
    {
        await ExecuteAsync(IsMariaDb
            ? $"CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {Text(port)}, MASTER_USER = 'repl', MASTER_PASSWORD = '{ReplicationPassword}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1{(_product == InstalledMySql.Maria11 ? ", MASTER_SSL = 0" : "")}"
            : $"CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {Text(port)}, SOURCE_USER = 'repl', SOURCE_PASSWORD = '{ReplicationPassword}', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1");
        await ExecuteAsync(IsMariaDb ? "START SLAVE" : "START REPLICA");
        if (waits)
        {
            await FollowsAsync();
        }
    }

    public Task FollowsAsync() => Until.TrueAsync($"the server at {Port} to replicate", async () => await StatusAsync() is { Count: > 0 } status && status["Slave_IO_Running"] == "Yes" && status["Slave_SQL_Running"] == "Yes" && status.GetValueOrDefault("Master_UUID") != "", seconds: 20);

    /// <summary>Of its one channel, by the old names; empty for none.</summary>
    public async Task<Dictionary<string, string>> StatusAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(IsMariaDb ? "SHOW ALL SLAVES STATUS" : "SHOW REPLICA STATUS", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var status = new Dictionary<string, string>();
        if (await reader.ReadAsync())
        {
            for (var i = 0; i < reader.FieldCount; i++)
            {
                status[reader.GetName(i).Replace("Replica_", "Slave_", StringComparison.Ordinal).Replace("Source_", "Master_", StringComparison.Ordinal)] = Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)!;
            }
        }

        return status;
    }

    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
        {
            LinuxProcess.Signal(process.Pid, LinuxProcess.SigKill);
            await Until.TrueAsync("the server to be gone", () => !process.IsRunning);
            await process.DisposeAsync();
        }
    }

    /// <summary>A clean shutdown.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
        {
            LinuxProcess.Signal(process.Pid, LinuxProcess.SigTerm);
            await Until.TrueAsync("the server to stop", () => !process.IsRunning, seconds: 30);
            await process.DisposeAsync();
        }
    }

    public void Freeze() => LinuxProcess.Stop(_process!.Pid);

    public void Thaw() => LinuxProcess.Signal(_process!.Pid, LinuxProcess.SigCont);

    public async Task StartServerAsync(params string[] more)
    {
        _process = await GuardedProcess.StartAsync(Path.Combine(_folder, "log"), Path.Combine(InstalledMySql.Folder(_product), "server"), [.. Arguments(_product, Data), .. Serving(), .. _options, .. more]);
        await Until.TrueAsync($"{_product} at {Port} to answer", AnswersAsync, seconds: 60);
    }

    public string Log => File.Exists(Path.Combine(_folder, "log")) ? File.ReadAllText(Path.Combine(_folder, "log")) : "";

    public MySqlConnection Connection(string user = "admin", string database = "", int? port = null, string password = "") =>
        new($"Server=127.0.0.1;Port={Text(port ?? Port)};User ID={user};Password={password};Database={database};Pooling=false;Connection Timeout=15;Default Command Timeout=15;SSL Mode=None;Allow Public Key Retrieval=true;Allow User Variables=true");

    public async Task<MySqlConnection> OpenAsync(string user = "admin", string database = "", int? port = null)
    {
        var connection = Connection(user, database, port);
        await connection.OpenAsync();
        return connection;
    }

    public async Task ExecuteAsync(string sql, string user = "admin", string database = "")
    {
        await using var connection = await OpenAsync(user, database);
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<string> ScalarAsync(string sql, string user = "admin", string database = "")
    {
        await using var connection = await OpenAsync(user, database);
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) ?? "";
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A server takes seconds to be made: once is enough. It has written no binary log, so that copies are alike and have nothing to replicate.</summary>
    private static async Task<string> TemplateAsync(string product)
    {
        await Making.WaitAsync();
        try
        {
            if (!Templates.TryGetValue(product, out var template))
            {
                var server = new RealMySql(product);
                await server.MakeAsync();
                Templates[product] = template = server.Data;
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(server._folder, recursive: true);
            }

            return template;
        }
        finally
        {
            Making.Release();
        }
    }

    private async Task MakeAsync()
    {
        var folder = InstalledMySql.Folder(_product);
        Directory.CreateDirectory(Data);
        if (IsMariaDb)
        {
            var scripts = (string[])["_system_tables.sql", "_performance_tables.sql", "_system_tables_data.sql"];
            var files = scripts.Select(s => Directory.GetFiles(Path.Combine(folder, "share"), $"*{s}").Single(f => Path.GetFileName(f) is var name && (name == $"mysql{s}" || name == $"mariadb{s}")));
            var sql = Path.Combine(_folder, "make.sql");
            await File.WriteAllTextAsync(sql, $"CREATE DATABASE mysql;\nUSE mysql;\n{string.Join('\n', files.Select(File.ReadAllText))}");
            await RunAsync("bash", "-c", $"'{folder}/server' {string.Join(' ', Arguments(_product, Data))} --bootstrap < '{sql}'");
        }
        else
        {
            await RunAsync(Path.Combine(folder, "server"), [.. Arguments(_product, Data), "--initialize-insecure"]);
        }

        var accounts = Path.Combine(_folder, "accounts.sql");
        await File.WriteAllLinesAsync(accounts, Accounts());
        _process = await GuardedProcess.StartAsync(Path.Combine(_folder, "log"), Path.Combine(folder, "server"), [.. Arguments(_product, Data), $"--port={Text(Port)}", $"--socket={_folder}/s", "--bind-address=127.0.0.1", "--skip-log-bin", "--skip-name-resolve", $"--init-file={accounts}"]);
        await Until.TrueAsync($"{_product} to be made", AnswersAsync, seconds: 60);
        await StopAsync();

        // Each server has an identity of its own.
        File.Delete(Path.Combine(Data, "auto.cnf"));
    }

    private IEnumerable<string> Accounts()
    {
        var (watch, promote) = DocumentedRights(IsMariaDb);
        return
        [
            "CREATE USER 'admin'@'%';",
            "GRANT ALL ON *.* TO 'admin'@'%' WITH GRANT OPTION;",
            $"CREATE USER 'dbswitch'@'%' IDENTIFIED BY '{Password}';",
            $"GRANT {watch}, {promote} ON *.* TO 'dbswitch'@'%';",
            "GRANT ALL ON dbswitch.* TO 'dbswitch'@'%';",
            .. IsMariaDb ? [] : (string[])["GRANT SELECT ON performance_schema.* TO 'dbswitch'@'%';"],
            $"CREATE USER 'watcher'@'%' IDENTIFIED BY '{Password}';",
            $"GRANT {watch} ON *.* TO 'watcher'@'%';",
            $"CREATE USER 'nobody'@'%' IDENTIFIED BY '{Password}';",
            $"CREATE USER 'repl'@'%' IDENTIFIED BY '{ReplicationPassword}';",
            "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%';",
            "CREATE USER 'app'@'%';",
            "CREATE DATABASE orders;",
            "GRANT ALL ON orders.* TO 'app'@'%';",
            "CREATE TABLE orders.written (writer int, number int, PRIMARY KEY (writer, number)) ENGINE=InnoDB;",
        ];
    }

    /// <summary>As docs/mysql.md has them: to watch, and to promote.</summary>
    public static (string Watch, string Promote) DocumentedRights(bool maria) => maria
        ? ("PROCESS, SLAVE MONITOR, BINLOG MONITOR", "RELOAD, READ ONLY ADMIN, REPLICATION SLAVE ADMIN, CONNECTION ADMIN, EVENT, SET USER, SUPER")
        : ("PROCESS, REPLICATION CLIENT", "RELOAD, REPLICATION_SLAVE_ADMIN, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, XA_RECOVER_ADMIN, EVENT, SET_ANY_DEFINER, SYSTEM_USER");

    private static List<string> Arguments(string product, string data) =>
    [
        "--no-defaults",
        $"--datadir={data}",
        .. Environment.UserName == "root" ? (string[])["--user=root"] : [],
        "--innodb-flush-method=nosync",
        "--innodb-buffer-pool-size=16M",
        .. product == InstalledMySql.MySql ? (string[])["--mysqlx=OFF", "--secure-file-priv=NULL", "--innodb-redo-log-capacity=16M"] : ["--innodb-log-file-size=16M"],
    ];

    private IEnumerable<string> Serving() =>
    [
        $"--port={Text(Port)}",
        $"--socket={_folder}/s",
        $"--pid-file={_folder}/pid",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        $"--server-id={Text(_id)}",
        "--log-bin=bin",
        "--relay-log=relay",
        "--sync-binlog=0",
        .. IsMariaDb ? (string[])["--log-slave-updates", "--gtid-strict-mode=ON"] : ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"],
    ];

    private async Task<bool> AnswersAsync()
    {
        if (_process is not { IsRunning: true })
        {
            throw new InvalidOperationException($"{_product} did not start: {Log}");
        }

        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (MySqlException)
        {
            return false;
        }
    }

    private static async Task RunAsync(string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/tmp" })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program}: {await output}{await error}");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
