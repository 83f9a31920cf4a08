using DbSwitch.Configuration;
using DbSwitch.Tests.Databases.Postgres;
using HaproxyRuntime;

namespace DbSwitch.Tests.Gates;

/// <summary>Whom the manager takes for its PgBouncer, by certificate.</summary>
public sealed class GateTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-tls-").FullName;

    [Fact]
    public async Task A_certificate_is_verified_as_the_configuration_says_and_refused_in_clear_words()
    {
        await using var pool = new RealPgBouncer();
        var (authority, other, nobody) = (new TestAuthority("ours"), new TestAuthority("another"), FreePort.Take());
        var file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, authority.Pem, TestContext.Current.CancellationToken);
        var (full, chain, require) = (Gate(pool, "localhost", DatabaseTls.VerifyFull, file), Gate(pool, "127.0.0.1", DatabaseTls.VerifyCa, file), Gate(pool, "127.0.0.1", DatabaseTls.Require, null));

        await pool.ServeTlsAsync(authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1)), nobody);
        foreach (var gate in (GateConfiguration[])[full, chain, require])
        {
            (await pool.LookAsync(gate)).ShouldSatisfyAllConditions(l => l.Reason.ShouldBeNull(), l => l.Facts!.MayPause.ShouldBeTrue());
        }

        (await ReasonAsync(pool.Gate)).ShouldStartWith("does not let dbswitch into its admin console (");
        (await ReasonAsync(Gate(pool, "127.0.0.1", DatabaseTls.VerifyFull, file))).ShouldBe("shows a certificate that is made out to localhost, not to 127.0.0.1");
        (await ReasonAsync(Gate(pool, "localhost", DatabaseTls.VerifyFull, Path.Combine(_folder, "nowhere.pem")))).ShouldStartWith($"can't be verified: {_folder}/nowhere.pem can't be read (");
        (await ReasonAsync(Gate(pool, "localhost", DatabaseTls.VerifyFull, null))).ShouldStartWith("shows a certificate that no authority of this system has signed (");

        await pool.ServeTlsAsync(other.Sign("localhost", DateTimeOffset.UtcNow.AddDays(1)), nobody);
        (await ReasonAsync(full)).ShouldStartWith($"shows a certificate that no authority of {file} has signed (");
        (await ReasonAsync(chain)).ShouldStartWith($"shows a certificate that no authority of {file} has signed (");

        await pool.ServeTlsAsync(authority.Sign("localhost", DateTimeOffset.UtcNow.AddDays(-1)), nobody);
        (await ReasonAsync(full)).ShouldMatch(@"^shows a certificate that expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$");
        (await pool.LookAsync(require)).Reason.ShouldBeNull();

        async Task<string> ReasonAsync(GateConfiguration gate) => (await pool.LookAsync(gate)).Reason.ShouldNotBeNull();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static GateConfiguration Gate(RealPgBouncer pool, string host, DatabaseTls tls, string? authority) =>
        pool.Gate with { Address = new HostPort(host, pool.Port), Tls = tls, AuthorityFile = authority };
}
