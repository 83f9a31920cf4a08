using System.Runtime.InteropServices;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>One path at which an HAProxy is installed, and later another one, as a package's upgrade does it.</summary>
internal sealed class InstalledHaproxy : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbs-").FullName;

    public InstalledHaproxy(string version) => Replace(version);

    public string Path => System.IO.Path.Combine(_folder, "haproxy");

    public void Replace(string version) => Write($"""
        #!/bin/sh
        here={System.IO.Path.GetDirectoryName(HaproxyBinary.For(version))}
        lib=$here/usr/lib/{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu
        [ -e "$lib/ld-linux-x86-64.so.2" ] || exec {HaproxyBinary.For(version)} "$@"
        exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$here/usr/lib64" --argv0 {Path} "$here/usr/sbin/haproxy" "$@"
        """);

    public void ReplaceByOneThatRefuses() => Write("""
        #!/bin/sh
        [ "$1" != -v ] || { echo "HAProxy version 9.9.9 2030/01/01"; exit 0; }
        echo "[ALERT] no such thing any more"
        exit 1
        """);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Write(string script)
    {
        File.WriteAllText(Path + ".new", script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.Move(Path + ".new", Path, overwrite: true);
    }
}
