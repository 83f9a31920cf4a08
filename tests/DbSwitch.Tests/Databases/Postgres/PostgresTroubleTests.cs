using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using HaproxyRuntime;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>What the driver throws, in the words of a person.</summary>
public sealed class PostgresTroubleTests
{
    private const string Closed = "closed the connection without an answer: is it PostgreSQL that listens at 10.0.0.1:5432?";

    [Theory]
    [InlineData(SocketError.ConnectionRefused, Health.Unhealthy, "refuses connections at 10.0.0.1:5432")]
    [InlineData(SocketError.ConnectionReset, Health.Unknown, Closed)]
    [InlineData(SocketError.HostUnreachable, Health.Unknown, "can't be reached at 10.0.0.1:5432 from the manager (No route to host)")]
    public void What_happens_while_it_connects_is_told_without_the_drivers_own_words(SocketError error, Health health, string words)
    {
        var trouble = Of(new NpgsqlException("Failed to connect to 10.0.0.1:5432", new SocketException((int)error)));
        (trouble.Health, trouble.Message).ShouldBe((health, words));
        Of(new NpgsqlException("Exception while reading from stream", new IOException("", new SocketException((int)SocketError.ConnectionReset)))).Message.ShouldBe(Closed);
    }

    [Theory]
    [InlineData("57P03", "takes no new connections now (said so)")]
    [InlineData("53300", "has no connection left for role dbswitch (said so)")]
    [InlineData("28P01", "does not accept the password of role dbswitch (\"password\" of its switch's \"postgres\")")]
    [InlineData("28000", "does not let role dbswitch in (said so); look at its pg_hba.conf")]
    [InlineData("3D000", "has no database postgres (\"database\" of its switch's \"postgres\")")]
    [InlineData("40001", "says: said so (40001)")]
    [InlineData("57P01", "says: said so (57P01)")]
    [InlineData("55000", "says: said so (55000)")]
    public void A_server_that_answers_with_a_no_is_not_proven_to_take_no_writes(string code, string words)
    {
        var trouble = Of(new PostgresException("said so", "FATAL", "FATAL", code));
        (trouble.Health, trouble.Message).ShouldBe((Health.Unknown, words));
    }

    private static DatabaseException Of(Exception error) =>
        PostgresTrouble.Of(error, new PostgresServer(new TargetConfiguration("db1", new HostPort("10.0.0.1", 5432)) { Database = RealPostgres.Settings }), new IPEndPoint(IPAddress.Parse("10.0.0.1"), 5432), null);
}
