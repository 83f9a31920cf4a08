using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch backup FILE</c>: a consistent copy of the store, while it is in use.</summary>
internal static class BackupCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var file = new Argument<string>("file") { Description = "A file that does not exist yet; only its owner may read it" };
        var command = new Command("backup", "Write a copy of the manager's store to a file, while it is in use") { file };
        command.SetAction(async (parsed, cancel) =>
        {
            var path = Path.GetFullPath(parsed.GetValue(file)!);
            Refuse(path);
            using var manager = common.Connect(parsed);
            var copy = await manager.GetBytesAsync("/api/v1/backup", "application/vnd.sqlite3", cancel);
            await WriteAsync(path, copy);
            var message = $"{path}: a copy of the store, {copy.Length} bytes. To restore it: stop the manager, put it in the place of state: (without the -wal and -shm files beside that), start the manager.";
            Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(new MessageView(message, [path]), ContractsJson.Default.MessageView) : message);
        });
        root.Add(command);
    }

    private static void Refuse(string path)
    {
        if (Path.Exists(path))
        {
            throw new CommandException(ExitCode.Refused, $"{path} exists already, and a backup overwrites nothing. Name another file.");
        }
    }

    private static async Task WriteAsync(string path, byte[] copy)
    {
        var made = false;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            await using var file = new FileStream(path, options);
            made = true;
            await file.WriteAsync(copy, CancellationToken.None);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (made)
            {
                // Half a backup is none.
                File.Delete(path);
            }

            throw new CommandException(ExitCode.Refused, $"{path} can't be written: {e.Message}", e);
        }
    }
}
