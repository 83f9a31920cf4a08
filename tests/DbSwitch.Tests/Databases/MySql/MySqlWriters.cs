using System.Data.Common;
using System.Globalization;
using MySqlConnector;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Clients of MySQL and MariaDB.</summary>
/// <param name="first">Writers are numbered from here on.</param>
internal sealed class MySqlWriters(int port, int first = 1) : RowWriters<MySqlWriters>(first)
{
    protected override TimeSpan Pause => TimeSpan.FromMilliseconds(5);

    public async Task AllAreInAsync(RealMySql server)
    {
        await using var connection = await server.OpenAsync();
        await connection.ChangeDatabaseAsync("orders");
        await AllAreInAsync(connection);
    }

    protected override DbConnection Connection() =>
        new MySqlConnection($"Server=127.0.0.1;Port={port.ToString(CultureInfo.InvariantCulture)};User ID=app;Database=orders;Pooling=false;Connection Timeout=15;Default Command Timeout=30;SSL Mode=None");

    protected override DbCommand Insert(DbConnection connection, int writer, int number) =>
        new MySqlCommand("INSERT INTO written VALUES (@writer, @number)", (MySqlConnection)connection) { Parameters = { new("@writer", writer), new("@number", number) } };
}
