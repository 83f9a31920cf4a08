namespace DbSwitch.App.Demo.Parts;

/// <summary>The directory in which a demo keeps everything that it writes; it goes with the demo.</summary>
internal sealed class DemoDirectory
{
    // Not below TMPDIR, which is long on macOS: the path of a socket has 107 bytes at most.
    private const string Prefix = "/tmp/dbswitch-demo-";

    public DemoDirectory()
        : this(Prefix + System.IO.Path.GetRandomFileName()[..8])
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private DemoDirectory(string path) => Path = path;

    public string Path { get; }

    public string Socket => System.IO.Path.Combine(Path, "dbswitch.sock");

    public string Configuration => System.IO.Path.Combine(Path, "dbswitch.yaml");

    public string State => System.IO.Path.Combine(Path, "state.db");

    public string Tokens => System.IO.Path.Combine(Path, "tokens");

    /// <summary>A file with the password of the demo's PostgreSQL servers.</summary>
    public string Password => System.IO.Path.Combine(Path, "password");

    /// <summary>Where PostgreSQL's data is: beside it, since it may belong to another user.</summary>
    public string Databases => Path + "-pg";

    /// <summary>The directory of an earlier demo by its manager's socket; null when that is none of ours, so that nothing else can be removed by mistake.</summary>
    public static DemoDirectory? Of(string socket) =>
        System.IO.Path.GetDirectoryName(socket) is { } path && path.StartsWith(Prefix, StringComparison.Ordinal) && path.IndexOf('/', Prefix.Length) < 0
            ? new DemoDirectory(path)
            : null;

    public void Remove()
    {
        Remove(Databases);
        Remove(Path);
    }

    private static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone already.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left below /tmp does no harm, and the system clears it.
        }
    }
}
