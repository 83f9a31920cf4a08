using Microsoft.Data.Sqlite;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Serving;

/// <summary>The store's file, behind the manager's back.</summary>
internal static class StoreFile
{
    /// <summary>A store in which a target is selected already.</summary>
    public static async Task SelectAsync(string path, IEnumerable<string> switches, string target)
    {
        await using var store = SqliteStore.Open(path);
        foreach (var name in switches)
        {
            (await store.InitializeAsync(name, new Selection(target, 1, DateTimeOffset.UtcNow, "a test", ""), null, CancellationToken.None)).ShouldBeTrue();
        }
    }

    /// <summary>The one number that a query gives.</summary>
    public static long Number(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A test's constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Keeps everybody else from writing, until it is disposed.</summary>
    public static IDisposable Hold(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Runs SQL: with a trigger that aborts, a store fails at exactly one point.</summary>
    public static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A test's constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
