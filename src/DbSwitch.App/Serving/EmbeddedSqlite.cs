using System.Reflection;
using System.Runtime.InteropServices;
using DbSwitch.App.ExitCodes;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace DbSwitch.App.Serving;

/// <summary>
/// SQLite's library, where it is a part of the executable: the native one is a single file. It is loaded from memory (memfd_create(2)), so nothing is written to a disk, and
/// the root file system may be read-only. In a build that is not native the library lies beside the executable, and .NET finds it.
/// </summary>
internal static partial class EmbeddedSqlite
{
    private const string Resource = "libe_sqlite3.so";
    private const string Imported = "e_sqlite3";
    private const uint CloseOnExec = 1;

    /// <summary>Call once, before a store is opened.</summary>
    /// <exception cref="ServeException">This system does not let it be loaded.</exception>
    public static void Use()
    {
        using var library = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource);
        if (library is null)
        {
            return;
        }

        var loaded = Load(library);
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == Imported ? loaded : 0);
    }

    private static nint Load(Stream library)
    {
        using var memory = new SafeFileHandle(Create(Resource, CloseOnExec), ownsHandle: true);
        try
        {
            if (memory.IsInvalid)
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }

            using (var file = new FileStream(memory, FileAccess.Write, bufferSize: 0))
            {
                library.CopyTo(file);

                // Once it is mapped it needs no descriptor any more.
                return NativeLibrary.Load($"/proc/self/fd/{memory.DangerousGetHandle()}");
            }
        }
        catch (Exception e) when (e is IOException or DllNotFoundException or UnauthorizedAccessException)
        {
            throw new ServeException(ExitCode.Usage, $"SQLite, which is a part of this executable, can't be loaded ({e.Message}): /proc must be mounted, and running code from memory (memfd_create) must be allowed.", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);
}
