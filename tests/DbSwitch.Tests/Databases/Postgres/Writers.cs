using System.Data.Common;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Clients of PostgreSQL.</summary>
/// <param name="password">Null where none is asked for.</param>
/// <param name="first">The first writer's number, where others have written before.</param>
/// <param name="patience">Seconds until a statement is cancelled.</param>
internal sealed class Writers(int port, int first = 1, string? password = null, int patience = 15) : RowWriters<Writers>(first)
{
    public async Task AllAreInAsync(RealPostgres server)
    {
        await using var connection = server.Connection("app", "orders");
        await connection.OpenAsync();
        await AllAreInAsync(connection);
    }

    protected override DbConnection Connection() =>
        new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=app;Password={password};Database=orders;Pooling=false;No Reset On Close=true;Timeout=15;CommandTimeout={patience};SSL Mode=Disable;GSS Encryption Mode=Disable");

    protected override DbCommand Insert(DbConnection connection, int writer, int number) =>
        new NpgsqlCommand("INSERT INTO written VALUES ($1, $2)", (NpgsqlConnection)connection) { Parameters = { new() { Value = writer }, new() { Value = number } } };
}
