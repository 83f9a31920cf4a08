using Microsoft.Data.Sqlite;

namespace DbSwitch.Storage;

/// <summary>One SQLite file with our tables: every piece of work is one transaction, and every trouble a sentence that says what to do.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private const int Version = 4;

    /// <summary>Writes what is there already: SQLite writes the page all the same.</summary>
    public const string Probe = "PRAGMA user_version = 4";

    private const string Schema = """
        CREATE TABLE selection (switch TEXT PRIMARY KEY, target TEXT, generation INTEGER NOT NULL, since TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL);
        CREATE TABLE switchover (
            id INTEGER PRIMARY KEY AUTOINCREMENT, switch TEXT NOT NULL, generation INTEGER NOT NULL, from_target TEXT, to_target TEXT, by TEXT NOT NULL, reason TEXT NOT NULL,
            started TEXT NOT NULL, committed INTEGER NOT NULL DEFAULT 0, ended TEXT, result TEXT NOT NULL DEFAULT 'Running', message TEXT NOT NULL DEFAULT '', report TEXT,
            waivers TEXT NOT NULL DEFAULT '', undo_owed INTEGER NOT NULL DEFAULT 0, promotion_owed INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX one_switchover_at_a_time ON switchover (switch) WHERE ended IS NULL;
        CREATE TABLE pause (switch TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL);
        CREATE TABLE hold (switch TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL);
        CREATE TABLE address (switch TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (switch, target));
        CREATE TABLE proxy (switch TEXT NOT NULL, name TEXT NOT NULL, backend TEXT NOT NULL, api TEXT NOT NULL, master TEXT, released_by TEXT, PRIMARY KEY (switch, name));
        CREATE TABLE identity (id TEXT NOT NULL);
        INSERT INTO identity VALUES (lower(hex(randomblob(6))));
        """;

    /// <summary>From each format to the next: the first makes 2 of 1.</summary>
    private static readonly string[] Migrations =
    [
        "ALTER TABLE switchover ADD COLUMN report TEXT",
        """
        ALTER TABLE switchover ADD COLUMN waivers TEXT NOT NULL DEFAULT '';
        CREATE TABLE hold (switch TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL);
        """,
        """
        ALTER TABLE switchover ADD COLUMN undo_owed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE switchover ADD COLUMN promotion_owed INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE proxy (switch TEXT NOT NULL, name TEXT NOT NULL, backend TEXT NOT NULL, api TEXT NOT NULL, master TEXT, released_by TEXT, PRIMARY KEY (switch, name));
        CREATE TABLE identity (id TEXT NOT NULL);
        INSERT INTO identity VALUES (lower(hex(randomblob(6))));
        """,
    ];

    private readonly SqliteConnection _connection;
    private readonly string _path;

    // SQLite's calls block; a slow disk must not hold up the keepers, so each runs on a thread of the pool, one at a time.
    private readonly SemaphoreSlim _one = new(1, 1);

    private SqliteDatabase(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
        Identity = (string)Scalar(connection, "SELECT id FROM identity")!;
    }

    /// <summary>What tells this file from every other one.</summary>
    public string Identity { get; }

    public static SqliteDatabase Open(string path)
    {
        var connection = new SqliteConnection(ConnectionString(path));
        try
        {
            connection.Open();
            var found = (long)Scalar(connection, "PRAGMA user_version")!;
            if (found > Version)
            {
                throw new StoreException($"{path} was written by a newer dbswitch (its format is {found}, this one knows {Version}). Use that version, or restore a backup of before.");
            }

            if (Scalar(connection, "PRAGMA quick_check(1)") is not "ok")
            {
                throw new StoreException(Damaged(path));
            }

            if (found == 0 && Scalar(connection, "SELECT count(*) FROM sqlite_master") is not 0L)
            {
                // Somebody else's database, of which nothing is ours to touch.
                throw new StoreException(Damaged(path));
            }

            Scalar(connection, "PRAGMA journal_mode = WAL");
            Scalar(connection, "PRAGMA synchronous = FULL");
            if (found < Version)
            {
                using var transaction = connection.BeginTransaction();
                foreach (var change in found == 0 ? [Schema] : Migrations[(int)(found - 1)..])
                {
                    Scalar(connection, change, transaction);
                }

                Scalar(connection, $"PRAGMA user_version = {Version}", transaction);
                transaction.Commit();
            }

            // A store that can be read only would be found out in the middle of the first switchover.
            using (var probe = connection.BeginTransaction())
            {
                Scalar(connection, Probe, probe);
                probe.Commit();
            }

            return new SqliteDatabase(connection, path);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new StoreException(Explain(e, path), e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Copies all of it as it is at one moment. By way of a file beside it, which no other user can read and which goes again.</summary>
    /// <param name="amend">What is done to the copy before it is handed out, in SQL.</param>
    public async Task CopyAsync(Stream destination, string amend, CancellationToken cancel)
    {
        var copy = $"{_path}.{Guid.NewGuid():N}.copy";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows())
        {
            // SQLite writes into an empty file, and leaves its mode as it is.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            await using var file = new FileStream(copy, options);
            await RunAloneAsync(() =>
            {
                using var command = _connection.CreateCommand();
                command.CommandText = "VACUUM INTO $1";
                command.Parameters.AddWithValue("$1", copy);
                command.ExecuteNonQuery();
                using var copied = new SqliteConnection(ConnectionString(copy));
                copied.Open();
                return Scalar(copied, amend);
            }, cancel).ConfigureAwait(false);
            await file.CopyToAsync(destination, cancel).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException($"{copy} can't be written ({e.Message}): a copy is made beside the store before it is handed out.", e);
        }
    }

    /// <summary>Runs work in one transaction: all of it is written, or nothing.</summary>
    public Task<T> RunAsync<T>(Func<Work, T> work, CancellationToken cancel) => RunAloneAsync(() =>
    {
        using var transaction = _connection.BeginTransaction();
        var result = work(new Work(_connection, transaction));
        transaction.Commit();
        return result;
    }, cancel);

    private static string ConnectionString(string path) => new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString();

    private async Task<T> RunAloneAsync<T>(Func<T> work, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            // Once begun it is not cancelled: the caller must know what became of it.
            return await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw new StoreException(Explain(e, _path), e);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    // Result codes: https://www.sqlite.org/rescode.html
    private static string Explain(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        5 or 6 => $"{path} is locked by another program. End that one (a backup, a shell), then try again.",
        8 => $"{path} can't be written (read-only file or directory). Give it to the user that runs dbswitch, on a file system that is mounted for writing.",
        10 => $"{path}: the disk did not read or write it ({e.Message}). Look at the disk; every proxy stays as it is.",
        11 or 26 => Damaged(path),
        13 => $"{path}: the disk is full. Make room; every proxy stays as it is.",
        14 when Directory.Exists(path) => $"{path} is a directory. state: names a file; name one in it.",
        14 => $"{path} can't be opened. Its directory must exist and belong to the user that runs dbswitch.",
        _ => $"{path}: {e.Message}",
    };

    private static string Damaged(string path) =>
        $"{path} is damaged or no store of dbswitch. Put a backup in its place, or move it away to start with an empty one: clients stay where they are, and dbswitch takes over what every proxy serves.";

    private static object? Scalar(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        return command.ExecuteScalar();
    }

    /// <summary>What may be done within a transaction. Values are <c>$1</c>, <c>$2</c>, … in the order in which they are given.</summary>
    public sealed class Work(SqliteConnection connection, SqliteTransaction transaction)
    {
        public int Execute(string sql, params object?[] values)
        {
            using var command = Command(sql, values);
            return command.ExecuteNonQuery();
        }

        public IReadOnlyList<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params object?[] values)
        {
            using var command = Command(sql, values);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            return rows;
        }

        /// <summary>The first row, or the default where there is none.</summary>
        public T? QueryOne<T>(string sql, Func<SqliteDataReader, T> read, params object?[] values)
        {
            var rows = Query(sql, read, values);
            return rows.Count > 0 ? rows[0] : default;
        }

        private SqliteCommand Command(string sql, object?[] values)
        {
            var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of the store's; what varies is a parameter.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.Transaction = transaction;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.AddWithValue("$" + (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), values[i] ?? DBNull.Value);
            }

            return command;
        }
    }
}
