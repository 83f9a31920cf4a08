using System.Diagnostics;

namespace DbSwitch.Tests.Serving;

/// <summary>A file system of half a megabyte, in memory, that a test can fill. It is unmounted even when the tests are killed. For root alone.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Process _guard;

    private SmallDisk(string path, Process guard) => (Path, _guard) = (path, guard);

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static async Task<SmallDisk> MountAsync(string path)
    {
        Directory.CreateDirectory(path);
        await Shell.RunAsync("mount", "-t", "tmpfs", "-o", "size=512k", "none", path);
        var guard = Process.Start(new ProcessStartInfo("sh", ["-c", "trap : INT TERM HUP; read -r line; umount -l \"$0\"", path]) { RedirectStandardInput = true })!;
        return new SmallDisk(path, guard);
    }

    public void Fill()
    {
        try
        {
            using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            while (true)
            {
                file.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            // Not one byte more.
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }
}
