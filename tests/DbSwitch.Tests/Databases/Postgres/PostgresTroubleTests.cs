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

    private static DatabaseException Of(Exception error) =>
        PostgresTrouble.Of(error, new PostgresServer(new TargetConfiguration("db1", new HostPort("10.0.0.1", 5432)) { Database = RealPostgres.Settings }), new IPEndPoint(IPAddress.Parse("10.0.0.1"), 5432), null);
}
