using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using DbSwitch.Configuration;
using DbSwitch.Databases.Redis;
using HaproxyRuntime;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>A real Redis or Valkey in a folder of its own. Every fault is a verb; its port stays the same through all of them.</summary>
internal sealed class RealRedis : IAsyncDisposable
{
    public const string Password = "s3cret-of-dbswitch";
    public const string Rights = "+info +multi +discard +client|setname +client|list +client|kill +client|pause +client|unpause +config|get +config|set +config|rewrite +replicaof +del ~dbswitch:*";
    private readonly string _folder = Directory.CreateDirectory($"/tmp/dbsw-redis-{RandomNumberGenerator.GetHexString(6, lowercase: true)}").FullName;
    private readonly string _program;
    private GuardedProcess? _process;

    private string[] _arguments;

    private RealRedis(string name, int port) => (_program, Port, _arguments) = (RedisBinary.For(name), port, [ConfigurationFile]);

    public int Port { get; }

    public HostPort HostPort => new("127.0.0.1", Port);

    public IPEndPoint Address => new(IPAddress.Loopback, Port);

    /// <summary>As the user that dbswitch is here, with no right more than it needs.</summary>
    public static RedisDatabase Settings { get; } = new("dbswitch", new Secret(Password)) { Tls = DatabaseTls.Disable };

    public string ConfigurationFile => Path.Combine(_folder, "redis.conf");

    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    public TargetConfiguration Target(string name, RedisDatabase? settings = null) => new(name, HostPort) { Database = settings ?? Settings };

    public static async Task<RealRedis> StartAsync(string name = RedisBinary.Any, bool file = true, params string[] more)
    {
        var server = new RealRedis(name, FreePort.Take());
        try
        {
            await File.WriteAllLinesAsync(server.ConfigurationFile,
            [
                "bind 127.0.0.1",
                $"port {Text(server.Port)}",
                $"dir {server._folder}",
                "save \"\"",
                "repl-diskless-sync yes",
                "repl-diskless-sync-delay 0",
                $"user dbswitch on >{Password} {Rights}",
                .. more,
            ]);
            if (!file)
            {
                server._arguments = ["--port", Text(server.Port), "--bind", "127.0.0.1", "--dir", server._folder, "--save", "", "--repl-diskless-sync-delay", "0"];
            }

            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A Sentinel that watches a primary as "orders", and decides alone.</summary>
    public static async Task<RealRedis> SentinelAsync(RealRedis primary)
    {
        var sentinel = new RealRedis(RedisBinary.Any, FreePort.Take());
        try
        {
            await File.WriteAllLinesAsync(sentinel.ConfigurationFile,
            [
                "bind 127.0.0.1",
                $"port {Text(sentinel.Port)}",
                $"dir {sentinel._folder}",
                $"sentinel monitor orders 127.0.0.1 {Text(primary.Port)} 1",
                "sentinel down-after-milliseconds orders 500",
                "sentinel failover-timeout orders 3000",
            ]);
            sentinel._arguments = [sentinel.ConfigurationFile, "--sentinel"];
            await sentinel.StartAgainAsync();
            return sentinel;
        }
        catch
        {
            await sentinel.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        _process = await GuardedProcess.StartAsync(Path.Combine(_folder, "log"), _program, _arguments);
        await Until.TrueAsync($"the server at {Port} to answer", async () => await TryAskAsync("PING") is RespValue.Text or RespValue.Error { Word: "NOAUTH" or "NOPERM" }, seconds: 20);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        _process = null;
    }

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAgainAsync();
    }

    public void Freeze() => LinuxProcess.Stop(_process!.Pid);

    public void Thaw() => LinuxProcess.Signal(_process!.Pid, LinuxProcess.SigCont);

    /// <summary>Follows another one, and is connected to it.</summary>
    public async Task FollowAsync(RealRedis primary)
    {
        await DoAsync("REPLICAOF", "127.0.0.1", Text(primary.Port));
        await Until.TrueAsync($"{Port} to follow {primary.Port}", async () => await InfoAsync("master_link_status") == "up", seconds: 20);
    }

    /// <summary>As a person does it with redis-cli, as the default user. Expects no error.</summary>
    public async Task<RespValue> DoAsync(params string[] command) => await SayAsync(command) is var answer && answer is RespValue.Error error ? throw new InvalidOperationException($"{string.Join(' ', command)}: {error.Message}") : answer;

    /// <summary>The same, with whatever comes back.</summary>
    public async Task<RespValue> SayAsync(params string[] command)
    {
        await using var session = await ConnectAsync();
        return await session.TryAskAsync(TestContext.Current.CancellationToken, command);
    }

    /// <summary>A session that stays, as the default user; past the proxy, or through it.</summary>
    public Task<RedisSession> ConnectAsync(int? port = null) => OpenAsync(port ?? Port);

    public static Task<RedisSession> OpenAsync(int port) =>
        new RedisServer(new TargetConfiguration("test", new HostPort("127.0.0.1", port)) { Database = new RedisDatabase(RedisDatabase.DefaultUser, null) { Tls = DatabaseTls.Disable } })
            .OpenAsync(new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);

    public async Task<string> TextAsync(params string[] command) => await DoAsync(command) switch
    {
        RespValue.Text { Value: { } text } => text,
        RespValue.Number { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        RespValue.List { Items: [_, RespValue.Text { Value: { } text }] } => text,
        var other => throw new InvalidOperationException(other.ToString()),
    };

    public async Task<string?> InfoAsync(string name) => new RedisInfo(await ReadAsync("INFO")).Text(name);

    public Task<string> ConfigAsync(string name) => ReadAsync("CONFIG", "GET", name);

    /// <summary>It takes writes while so many replicas are there, and they are.</summary>
    public async Task AsksForReplicasAsync(int count)
    {
        await DoAsync("CONFIG", "SET", "min-replicas-to-write", Text(count));
        await Until.TrueAsync("its replicas to be there", async () => await InfoAsync("min_slaves_good_slaves") == Text(count), seconds: 15);
    }

    /// <summary>Nobody finds out that it was ever closed: nothing waits, nothing is refused.</summary>
    public async Task<(string Role, string MinReplicas)> StateAsync() => ((await InfoAsync("role"))!, await ConfigAsync("min-replicas-to-write"));

    /// <summary>Whole copies that it has given away.</summary>
    public async Task<int> FullSyncsAsync() => int.Parse((await InfoAsync("sync_full"))!, CultureInfo.InvariantCulture);

    public async Task<RedisFacts> FactsAsync() => RedisQuestion.Read(new RedisInfo(await ReadAsync("INFO")));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A question: who closes a server or changes its role ends everybody's connections, ours in the middle of it too.</summary>
    private async Task<string> ReadAsync(params string[] command)
    {
        for (var left = 5; ; left--)
        {
            try
            {
                return await TextAsync(command);
            }
            catch (DbSwitch.Databases.DatabaseException e) when (left > 0 && e.Health != DbSwitch.Databases.Health.Unhealthy)
            {
                await Task.Delay(5);
            }
        }
    }

    private async Task<RespValue?> TryAskAsync(params string[] command)
    {
        try
        {
            return await SayAsync(command);
        }
        catch (DbSwitch.Databases.DatabaseException)
        {
            return null;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
