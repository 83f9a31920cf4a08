using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.MySql;
using DbSwitch.Tests.Databases.Postgres;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Whom the manager takes for its database, by certificate, and what a server that says nothing costs.</summary>
public sealed class MySqlTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-tls-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_is_verified_as_the_configuration_says_and_refused_in_clear_words()
    {
        await using var server = await RealMySql.StartAsync(InstalledMySql.Maria10);
        (await AskAsync(server.Port, "localhost", Settings(DatabaseTls.Require, null))).Reason.ShouldBe("offers no TLS (\"tls: disable\" does without, where the network can be trusted)");
        var (authority, other) = (new TestAuthority("ours"), new TestAuthority("another"));
        var file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, authority.Pem, Cancel);
        var (full, chain, require) = (Settings(DatabaseTls.VerifyFull, file), Settings(DatabaseTls.VerifyCa, file), Settings(DatabaseTls.Require, null));

        await ServeAsync(server, authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1)));
        (await AskAsync(server.Port, "localhost", full)).Reason.ShouldBeNull();
        (await AskAsync(server.Port, "127.0.0.1", chain)).Reason.ShouldBeNull();
        (await AskAsync(server.Port, "127.0.0.1", require)).Reason.ShouldBeNull();
        (await AskAsync(server.Port, "127.0.0.1", full)).Reason.ShouldBe("shows a certificate that is made out to localhost, not to 127.0.0.1");
        (await AskAsync(server.Port, "localhost", Settings(DatabaseTls.VerifyFull, null))).Reason.ShouldNotBeNull().ShouldStartWith("shows a certificate that no authority of this system has signed (");

        await ServeAsync(server, other.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1)));
        (await AskAsync(server.Port, "localhost", chain)).Reason.ShouldNotBeNull().ShouldStartWith($"shows a certificate that no authority of {file} has signed (");

        await ServeAsync(server, authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(-1)));
        (await AskAsync(server.Port, "localhost", full)).Reason.ShouldNotBeNull().ShouldMatch(@"^shows a certificate that expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$");
    }

    [Fact]
    public async Task A_MariaDB_that_made_its_certificate_itself_proves_by_the_password_that_it_is_its_own_and_a_MySQL_is_verified_by_its_authority()
    {
        await using (var maria = await RealMySql.StartAsync(InstalledMySql.Maria11))
        {
            (await AskAsync(maria.Port, "localhost", Settings(DatabaseTls.VerifyFull, null))).Reason.ShouldBeNull();
            (await AskAsync(maria.Port, "localhost", Settings(DatabaseTls.VerifyFull, null) with { Password = new Secret("wrong") })).Health.ShouldBe(Health.Unknown);
            (await AskAsync(maria.Port, "localhost", new MySqlDatabase("admin", null))).Reason.ShouldNotBeNull().ShouldStartWith("shows a certificate that no authority of this system has signed (");
        }

        await using var mysql = await RealMySql.StartAsync(InstalledMySql.MySql);
        var authority = Path.Combine(mysql.Data, "ca.pem");
        (await AskAsync(mysql.Port, "localhost", Settings(DatabaseTls.VerifyCa, authority))).Reason.ShouldBeNull();
        (await AskAsync(mysql.Port, "localhost", Settings(DatabaseTls.VerifyFull, authority))).Reason.ShouldNotBeNull().ShouldStartWith("shows a certificate that is made out to MySQL_Server");
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_costs_two_seconds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var watch = Stopwatch.StartNew();

        var probe = await AskAsync(((IPEndPoint)listener.LocalEndpoint).Port, "localhost", RealMySql.Settings, TimeSpan.FromSeconds(2));

        probe.Health.ShouldBe(Health.Unknown);
        probe.Reason.ShouldNotBeNull().ShouldEndWith("within 2 s");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2.7));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static MySqlDatabase Settings(DatabaseTls tls, string? authority) => RealMySql.Settings with { Tls = tls, AuthorityFile = authority };

    private async Task ServeAsync(RealMySql server, (string Certificate, string Key) pair)
    {
        var (certificate, key) = (Path.Combine(_folder, "server.crt"), Path.Combine(_folder, "server.key"));
        await File.WriteAllTextAsync(certificate, pair.Certificate, Cancel);
        await File.WriteAllTextAsync(key, pair.Key, Cancel);
        await server.KillAsync();
        await server.StartServerAsync($"--ssl-cert={certificate}", $"--ssl-key={key}");
    }

    private static async Task<Probe> AskAsync(int port, string host, MySqlDatabase settings, TimeSpan? deadline = null)
    {
        await using var state = new TargetState(new TargetConfiguration("db", new HaproxyRuntime.HostPort(host, port)) { Database = settings }, MySqlKind.Instance, TimeProvider.System);
        return await state.AskAsync(new IPEndPoint(IPAddress.Loopback, port), true, deadline ?? TimeSpan.FromSeconds(10), Cancel);
    }
}
