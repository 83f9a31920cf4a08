using System.Diagnostics;
using System.Globalization;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.Demo.Postgres;

/// <summary>One PostgreSQL server of the demo, as a part of it: whoever ends this ends the server, cleanly and without waiting for its clients.</summary>
internal static class PostgresServerProgram
{
    // Below what the demo gives a part to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string data, int port, CancellationToken cancel)
    {
        // Its settings come from here alone: pg_rewind copies the other one's files.
        string[] settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "wal_log_hints=on", "wal_keep_size=512MB", "shared_buffers=16MB", "wal_retrieve_retry_interval=200ms", "wal_receiver_status_interval=1s", "log_checkpoints=off"];
        var start = PostgresPrograms.Start("postgres", ["-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(s => (string[])["-c", s])]);
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // Cleanly, without waiting for clients; and at once where that takes too long.
            Posix.Signal(process.Id, Posix.SigInt);
            using var patience = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
            {
                Posix.Signal(process.Id, Posix.SigQuit);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        return process.ExitCode;
    }
}
