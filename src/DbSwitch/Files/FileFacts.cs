using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DbSwitch.Files;

/// <summary>What the system says of a path without opening it: to open a FIFO or a terminal may take for ever.</summary>
/// <param name="Kind">In words: "a regular file", "a directory", "a FIFO", …</param>
public sealed partial record FileFacts(string Kind, bool IsRegular, bool IsDirectory, int Uid, int Gid)
{
    // statx(2): relative to the working directory, type, mode, owner and group. The layout is the same on every architecture.
    private const int WorkingDirectory = -100;
    private const uint TypeModeOwnerGroup = 0x1 | 0x2 | 0x8 | 0x10;
    private const int LengthOfStatx = 256;

    /// <summary>Links are followed.</summary>
    /// <returns>Null where there is nothing, this user may not look, or the system can't say.</returns>
    public static FileFacts? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> answer = stackalloc byte[LengthOfStatx];
        try
        {
            if (Ask(WorkingDirectory, path, 0, TypeModeOwnerGroup, answer) != 0)
            {
                return null;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library of before 2018.
            return null;
        }

        var type = BinaryPrimitives.ReadUInt16LittleEndian(answer[28..]) >> 12;
        return new FileFacts(KindOf(type), type == 8, type == 4, BinaryPrimitives.ReadInt32LittleEndian(answer[20..]), BinaryPrimitives.ReadInt32LittleEndian(answer[24..]));
    }

    /// <returns>The end of a sentence about a path that is there and no regular file; null when it is one, or is not there.</returns>
    public static string? NotRegular(string path) => Of(path) is { IsRegular: false } other ? $"is {other.Kind}, not a regular file" : null;

    // inode(7).
    private static string KindOf(int type) => type switch
    {
        1 => "a FIFO",
        2 => "a character device",
        4 => "a directory",
        6 => "a block device",
        8 => "a regular file",
        12 => "a socket",
        _ => "something else",
    };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Ask(int folder, string path, int flags, uint mask, Span<byte> answer);
}
