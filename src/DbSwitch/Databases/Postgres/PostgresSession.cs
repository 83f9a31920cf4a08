using System.Net;
using Npgsql;

namespace DbSwitch.Databases.Postgres;

/// <summary>One open connection. Each answer is whole, or an exception.</summary>
internal sealed class PostgresSession(NpgsqlDataSource source, NpgsqlConnection connection, PostgresServer server, IPEndPoint address) : IDatabaseSession
{
    public IPEndPoint Address => address;

    /// <summary>The process that serves it there.</summary>
    public int ServerProcess => connection.ProcessID;

    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public async Task<T> QueryAsync<T>(string sql, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancel, params object[] values)
    {
        try
        {
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
            {
                foreach (var value in values)
                {
                    command.Parameters.Add(new NpgsqlParameter { Value = value });
                }

                var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return await read(reader).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is not DatabaseException && !(e is OperationCanceledException && cancel.IsCancellationRequested))
        {
            throw PostgresTrouble.Of(e, server, address, null);
        }
    }

    /// <summary>One value.</summary>
    public Task<T> ScalarAsync<T>(string sql, CancellationToken cancel, params object[] values) => QueryAsync(sql, async reader =>
    {
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            throw new DatabaseException(Health.Unknown, $"gave no answer to \"{sql}\"");
        }

        return await reader.GetFieldValueAsync<T>(0, cancel).ConfigureAwait(false);
    }, cancel, values);

    public Task ExecuteAsync(string sql, CancellationToken cancel) => QueryAsync(sql, reader => Task.FromResult(reader.RecordsAffected), cancel);

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync().ConfigureAwait(false);
        await source.DisposeAsync().ConfigureAwait(false);
    }
}
