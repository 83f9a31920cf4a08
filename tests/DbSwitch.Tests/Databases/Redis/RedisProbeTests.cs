using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Redis;
using DbSwitch.Tests.Databases.Postgres;
using HaproxyRuntime;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>What is known of a server, and in which words the rest is said: asked of real servers.</summary>
public sealed class RedisProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-tls-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(RedisBinary.All), MemberType = typeof(RedisBinary))]
    public async Task A_server_is_known_by_its_own_name_and_role(string name)
    {
        await using var primary = await RealRedis.StartAsync(name);
        await primary.DoAsync("SET", "k", "v");
        await using var replica = await RealRedis.StartAsync(name);
        await replica.FollowAsync(primary);
        await Until.TrueAsync("the primary to have heard of it", async () => (await primary.FactsAsync()).Replicas is [{ Online: true }]);

        var facts = (await AskAsync(primary, RedisScene.Promoting)).Facts.ShouldBeOfType<RedisFacts>();
        facts.Summary.ShouldMatch(name.StartsWith("valkey", StringComparison.Ordinal) ? @"^primary, writable, Valkey [0-9.]+$" : @"^primary, writable, Redis [0-9.]+$");
        (facts.Keys, facts.Sentinels, facts.Settings!.MinReplicas, facts.Settings.Replication!.Saves).ShouldBe((1, 0, 0, false));
        facts.Replicas.ShouldHaveSingleItem().ShouldBe(new RedisReplica("127.0.0.1", replica.Port, true));
        var other = (await AskAsync(replica, RealRedis.Settings)).Facts.ShouldBeOfType<RedisFacts>();
        other.Summary.ShouldStartWith($"replica of 127.0.0.1:{primary.Port}, connected, ");
        (other.ReplId, other.Settings).ShouldBe((facts.ReplId, null));
    }

    [Fact]
    public async Task Whoever_may_not_ask_is_told_what_is_missing()
    {
        await using var server = await RealRedis.StartAsync();
        (await AskAsync(server, RealRedis.Settings with { Password = new Secret("wrong") })).ShouldSatisfyAllConditions(
            p => p.Health.ShouldBe(Health.Unknown),
            p => p.Reason.ShouldBe("does not accept user dbswitch with this password (\"user\" and \"password\" of its switch's \"redis\")"));
        await server.DoAsync("ACL", "SETUSER", "dbswitch", "-info");
        (await AskAsync(server, RealRedis.Settings)).Reason.ShouldBe("does not allow user dbswitch the command INFO. On it: ACL SETUSER dbswitch +info");
        await server.DoAsync("CONFIG", "SET", "requirepass", "something");
        (await AskAsync(server, RealRedis.Settings with { User = "default", Password = null })).Reason.ShouldBe("asks for a password, and the configuration has none for user default (\"password_file\" of its switch's \"redis\")");
        await server.KillAsync();
        (await AskAsync(server, RealRedis.Settings)).ShouldSatisfyAllConditions(
            p => p.Health.ShouldBe(Health.Unhealthy),
            p => p.Reason.ShouldBe($"refuses connections at 127.0.0.1:{server.Port}"));
    }

    [Fact]
    public async Task A_certificate_is_verified_as_the_configuration_says_and_refused_in_clear_words()
    {
        var (authority, other) = (new TestAuthority("ours"), new TestAuthority("another"));
        var (file, foreign) = (Path.Combine(_folder, "ca.pem"), Path.Combine(_folder, "other.pem"));
        await File.WriteAllTextAsync(file, authority.Pem, Cancel);
        await File.WriteAllTextAsync(foreign, other.Pem, Cancel);
        var pair = authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.crt"), pair.Certificate, Cancel);
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.key"), pair.Key, Cancel);
        var port = FreePort.Take();
        await using var server = await RealRedis.StartAsync(more: [$"tls-port {port}", $"tls-cert-file {_folder}/server.crt", $"tls-key-file {_folder}/server.key", $"tls-ca-cert-file {file}", "tls-auth-clients no"]);

        (await AskAsync("localhost", port, Settings(DatabaseTls.VerifyFull, file))).Reason.ShouldBeNull();
        (await AskAsync("127.0.0.1", port, Settings(DatabaseTls.VerifyCa, file))).Reason.ShouldBeNull();
        (await AskAsync("127.0.0.1", port, Settings(DatabaseTls.VerifyFull, file))).Reason.ShouldBe("shows a certificate that is made out to localhost, not to 127.0.0.1");
        (await AskAsync("localhost", port, Settings(DatabaseTls.VerifyFull, foreign))).Reason.ShouldNotBeNull().ShouldStartWith($"shows a certificate that no authority of {foreign} has signed (");
        (await AskAsync("localhost", server.Port, Settings(DatabaseTls.VerifyFull, file))).Reason.ShouldNotBeNull().ShouldStartWith($"did not answer at 127.0.0.1:{server.Port} when TLS was asked for: does it offer TLS there?");
        (await AskAsync("localhost", port, Settings(DatabaseTls.Disable, null))).ShouldSatisfyAllConditions(
            p => p.Health.ShouldBe(Health.Unknown),
            p => p.Reason.ShouldNotBeNull().ShouldEndWith($"is it Redis or Valkey that listens at 127.0.0.1:{port}, and with TLS?"));
    }

    [Fact]
    public void An_answer_without_what_a_server_always_says_is_none() =>
        Should.Throw<DatabaseException>(() => RedisQuestion.Read(new RedisInfo("redis_version:7.0.0\r\nrole:master\r\n"))).Message.ShouldBe("does not say what it is (INFO has no run_id)");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static RedisDatabase Settings(DatabaseTls tls, string? authority) => RealRedis.Settings with { Tls = tls, AuthorityFile = authority };

    private static Task<Probe> AskAsync(RealRedis server, RedisDatabase settings) => AskAsync("127.0.0.1", server.Port, settings);

    private static async Task<Probe> AskAsync(string host, int port, RedisDatabase settings)
    {
        await using var state = new TargetState(new TargetConfiguration("db", new HostPort(host, port)) { Database = settings }, RedisKind.Instance, TimeProvider.System);
        return await state.AskAsync(new IPEndPoint(IPAddress.Loopback, port), true, TimeSpan.FromSeconds(10), Cancel);
    }
}
