using System.Globalization;
using System.Net;
using MySqlConnector;

namespace DbSwitch.Databases.MySql;

/// <summary>
/// One open connection. Each answer is whole, or an exception. The driver can't be cancelled in the middle of a statement: who is, leaves the connection behind, and the statement's own time ends it.
/// </summary>
internal sealed class MySqlSession(MySqlConnection connection, MySqlServer server, IPEndPoint address) : IDatabaseSession
{
    /// <summary>For a statement that takes no time.</summary>
    public const uint CommandSeconds = 2;

    /// <summary>The lock was not had within the session's lock_wait_timeout.</summary>
    public const int LockWaitTimeout = 1205;

    private const int NoSuchThread = 1094;
    private const int UnknownDatabase = 1049;
    private const int NoSuchTable = 1146;
    private const int TableDenied = 1142;
    private const int DatabaseDenied = 1044;
    private volatile bool _left;

    public IPEndPoint Address => address;

    public string User => server.Settings.User;

    /// <summary>Its number in the server's list of processes.</summary>
    public long Id => connection.ServerThread;

    public bool IsMariaDb { get; } = connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    /// <summary>As in 10.11.18, without what a distribution has added.</summary>
    public string Version { get; } = new([.. connection.ServerVersion.Replace("5.5.5-", "", StringComparison.Ordinal).TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);

    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public async Task<T> QueryAsync<T>(string sql, Func<MySqlDataReader, Task<T>> read, CancellationToken cancel, uint seconds = CommandSeconds, params (string Name, object? Value)[] values)
    {
        if (_left)
        {
            throw new DatabaseException(Health.Unknown, "was left in the middle of a statement");
        }

        try
        {
            return await BoundAsync(AskAsync(sql, read, seconds, values), cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not DatabaseException)
        {
            if (e is OperationCanceledException && cancel.IsCancellationRequested)
            {
                _left = true;
                throw;
            }

            throw MySqlTrouble.Of(e, server, address, null);
        }
    }

    /// <summary>Rows with their columns by name, as text: what SHOW answers has other columns on every version.</summary>
    public Task<List<Dictionary<string, string>>> RowsAsync(string sql, CancellationToken cancel) => QueryAsync(sql, async reader =>
    {
        var rows = new List<Dictionary<string, string>>();
        while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            var row = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < reader.FieldCount; i++)
            {
                if (!await reader.IsDBNullAsync(i, CancellationToken.None).ConfigureAwait(false))
                {
                    row[reader.GetName(i)] = Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture) ?? "";
                }
            }

            rows.Add(row);
        }

        return rows;
    }, cancel);

    /// <summary>The same; empty where there is no such table, or none that this account may read.</summary>
    public async Task<List<Dictionary<string, string>>> RowsIfThereAsync(string sql, CancellationToken cancel)
    {
        try
        {
            return await RowsAsync(sql, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (NumberOf(e) is NoSuchTable or UnknownDatabase or TableDenied or DatabaseDenied)
        {
            return [];
        }
    }

    /// <summary>One value, as text; empty for NULL.</summary>
    public Task<string> ScalarAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values) => QueryAsync(sql, async reader =>
    {
        if (!await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            throw new DatabaseException(Health.Unknown, $"gave no answer to \"{sql}\"");
        }

        return Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "";
    }, cancel, CommandSeconds, values);

    public Task ExecuteAsync(string sql, CancellationToken cancel, uint seconds = CommandSeconds, params (string Name, object? Value)[] values) => QueryAsync(sql, ToTheEndAsync, cancel, seconds, values);

    /// <summary>Ends another connection; one that has ended by itself is none to end.</summary>
    public async Task KillAsync(long id, CancellationToken cancel)
    {
        try
        {
            await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"KILL CONNECTION {id}"), cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (NumberOf(e) == NoSuchThread)
        {
            // Gone meanwhile.
        }
    }

    /// <summary>The server's number for what it refused; 0 for what it has not said itself.</summary>
    public static int NumberOf(DatabaseException e) => e.InnerException is MySqlException { Number: var number } ? number : 0;

    /// <summary>Waits no longer than it may; what goes on then has its own end.</summary>
    public static async Task BoundAsync(Task work, CancellationToken cancel) => await BoundAsync(ReturnAsync(work), cancel).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (_left)
        {
            await LeaveAsync(connection).ConfigureAwait(false);
        }
        else
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes a connection that may be in the middle of something, and waits for none of it.</summary>
    public static Task LeaveAsync(MySqlConnection connection)
    {
        _ = Task.Run(async () =>
        {
            try
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is MySqlException or InvalidOperationException or IOException)
            {
                // Nobody uses it any more.
            }
        });
        return Task.CompletedTask;
    }

    /// <summary>Of several statements each says whether it was done.</summary>
    private static async Task<bool> ToTheEndAsync(MySqlDataReader reader)
    {
        while (await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false))
        {
        }

        return true;
    }

    private static async Task<T> BoundAsync<T>(Task<T> work, CancellationToken cancel)
    {
        try
        {
            return await work.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!work.IsCompleted)
        {
            // How it ends is nobody's concern any more.
            _ = work.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    private static async Task<bool> ReturnAsync(Task work)
    {
        await work.ConfigureAwait(false);
        return true;
    }

    private async Task<T> AskAsync<T>(string sql, Func<MySqlDataReader, Task<T>> read, uint seconds, (string Name, object? Value)[] values)
    {
        var command = new MySqlCommand(sql, connection) { CommandTimeout = (int)seconds };
        await using (command.ConfigureAwait(false))
        {
            foreach (var (name, value) in values)
            {
                command.Parameters.AddWithValue(name, value);
            }

            var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var result = await read(reader).ConfigureAwait(false);

                // An error of a later statement is told when its turn comes.
                while (await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false))
                {
                }

                return result;
            }
        }
    }
}
