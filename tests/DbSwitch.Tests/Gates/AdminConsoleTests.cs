using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using DbSwitch.Gates.Wire;
using HaproxyRuntime;

namespace DbSwitch.Tests.Gates;

/// <summary>How PgBouncer's admin console is reached, and what is said when it is not.</summary>
public sealed class AdminConsoleTests
{
    [Theory]
    [InlineData("scram-sha-256")]
    [InlineData("md5")]
    [InlineData("plain")]
    [InlineData("trust")]
    public async Task Every_way_to_log_in_leads_to_the_same_answers(string way)
    {
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(FreePort.Take(), $"auth_type = {way}");

        var look = await pool.LookAsync();

        look.Reason.ShouldBeNull();
        look.Facts!.ShouldSatisfyAllConditions(
            f => (f.Paused, f.Disabled, f.MayPause, f.PoolsSessions, f.Open).ShouldBe((false, false, true, false, 0)),
            f => (f.RetriesAfter, f.WaitsFor).ShouldBe((TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(120))));
    }

    [Fact]
    public async Task What_is_wrong_with_it_is_said()
    {
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(FreePort.Take(), "pool_mode=session");
        (await pool.LookAsync()).Facts!.PoolsSessions.ShouldBeTrue();
        (await pool.LookAsync(pool.Gate with { User = "watcher" })).Facts!.MayPause.ShouldBeFalse();
        (await pool.LookAsync(pool.Gate with { Password = new Secret("wrong") })).Reason.ShouldNotBeNull().ShouldStartWith("does not let dbswitch into its admin console (");
        (await pool.LookAsync(pool.Gate with { Password = null })).Reason.ShouldBe("asks dbswitch for a password, and none is configured (\"password\" of the gate)");
        (await pool.LookAsync(pool.Gate with { User = "app" })).Reason.ShouldNotBeNull().ShouldStartWith("does not let app into its admin console (");
        (await pool.LookAsync(pool.Gate with { Database = "reports" })).Reason.ShouldBe("has no database reports (\"database\" of the gate)");
        (await pool.LookAsync(pool.Gate with { Tls = DatabaseTls.Require })).Reason.ShouldBe("offers no TLS (\"tls: disable\" does without, where the network can be trusted)");
        await pool.KillAsync();
        (await pool.LookAsync()).Reason.ShouldBe($"refuses connections at 127.0.0.1:{pool.Port}");
    }

    /// <summary>A guard that was asked by a connection of yesterday would refuse a switchover that nothing stands against.</summary>
    [Fact]
    public async Task One_that_was_started_again_answers_the_next_look()
    {
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(FreePort.Take());
        await using var gate = new DbSwitch.Gates.Gate(pool.Gate, TimeProvider.System);
        (await gate.LookAsync(TestContext.Current.CancellationToken)).Reason.ShouldBeNull();

        await pool.KillAsync();
        await pool.StartAgainAsync();

        (await gate.LookAsync(TestContext.Current.CancellationToken)).Reason.ShouldBeNull();
        await pool.KillAsync();
        (await gate.LookAsync(TestContext.Current.CancellationToken)).Reason.ShouldBe($"refuses connections at 127.0.0.1:{pool.Port}");
    }

    [Fact]
    public async Task What_is_no_PgBouncer_is_told_apart()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var gate = new DbSwitch.Gates.Gate(new GateConfiguration("pool", new HostPort("127.0.0.1", port), "dbswitch", null, "orders") { Tls = DatabaseTls.Disable }, TimeProvider.System);
        var looking = gate.LookAsync(TestContext.Current.CancellationToken);
        using (var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            (await looking).Reason.ShouldBe("sent something that is not PostgreSQL's protocol");
        }
    }

    /// <summary>RFC 7677, section 3.</summary>
    [Fact]
    public void The_login_gives_the_proof_that_the_standard_gives()
    {
        var login = new ScramLogin("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        login.First.ShouldBe("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        login.Answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
            .ShouldBe("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        login.IsServers("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").ShouldBeTrue();
        login.IsServers("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").ShouldBeFalse();
        Should.Throw<InvalidDataException>(() => login.Answer("r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    }
}
