using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Whom the manager takes for its database, by certificate.</summary>
public sealed class PostgresTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-tls-").FullName;

    [Fact]
    public async Task A_certificate_is_verified_as_the_configuration_says_and_refused_in_clear_words()
    {
        await using var server = await RealPostgres.StartAsync();
        var (authority, other) = (new TestAuthority("ours"), new TestAuthority("another"));
        var file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, authority.Pem, TestContext.Current.CancellationToken);
        var (full, chain, require) = (Settings(DatabaseTls.VerifyFull, file), Settings(DatabaseTls.VerifyCa, file), Settings(DatabaseTls.Require, null));

        await server.ServeTlsAsync(authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1)));
        (await AskAsync(server, "localhost", full)).Reason.ShouldBeNull();
        (await AskAsync(server, "127.0.0.1", chain)).Reason.ShouldBeNull();
        (await AskAsync(server, "127.0.0.1", require)).Reason.ShouldBeNull();
        (await AskAsync(server, "127.0.0.1", full)).Reason.ShouldBe("shows a certificate that is made out to localhost, not to 127.0.0.1");
        (await AskAsync(server, "localhost", Settings(DatabaseTls.VerifyFull, Path.Combine(_folder, "nowhere.pem")))).Reason.ShouldNotBeNull().ShouldStartWith($"can't be verified: {_folder}/nowhere.pem can't be read (");
        (await AskAsync(server, "localhost", Settings(DatabaseTls.VerifyFull, null))).Reason.ShouldNotBeNull().ShouldStartWith("shows a certificate that no authority of this system has signed (");

        await server.ServeTlsAsync(other.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1)));
        (await AskAsync(server, "localhost", chain)).Reason.ShouldNotBeNull().ShouldStartWith($"shows a certificate that no authority of {file} has signed (");

        await server.ServeTlsAsync(authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(-1)));
        (await AskAsync(server, "localhost", full)).ShouldSatisfyAllConditions(
            p => p.Health.ShouldBe(Health.Unknown),
            p => p.Reason.ShouldNotBeNull().ShouldMatch(@"^shows a certificate that expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"));
        (await AskAsync(server, "localhost", require)).Reason.ShouldBeNull();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static PostgresDatabase Settings(DatabaseTls tls, string? authority) => RealPostgres.Settings with { Tls = tls, AuthorityFile = authority };

    private static async Task<Probe> AskAsync(RealPostgres server, string host, PostgresDatabase settings)
    {
        await using var state = new TargetState(new TargetConfiguration("db", new HaproxyRuntime.HostPort(host, server.Port)) { Database = settings }, PostgresKind.Instance, TimeProvider.System);
        return await state.AskAsync(new IPEndPoint(IPAddress.Loopback, server.Port), true, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }
}
