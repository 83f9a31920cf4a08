using System.Globalization;
using System.Runtime.InteropServices;

namespace DbSwitch.Files;

/// <summary>Whose a file is. What root makes for the manager must be the manager's user's, or the manager can't read it.</summary>
public static partial class FileOwner
{
    /// <summary>Where this process is root: gives a file to the owner and group of another file or folder.</summary>
    public static void GiveTo(string path, string like)
    {
        if (Environment.IsPrivilegedProcess && FileFacts.Of(like) is { } owner && FileFacts.Of(path) is { } now && (now.Uid, now.Gid) != (owner.Uid, owner.Gid))
        {
            _ = ChangeOwner(path, owner.Uid, owner.Gid);
        }
    }

    /// <summary>The user's name, or its number; null where that can't be told.</summary>
    public static string? Of(string path) => FileFacts.Of(path) is { } facts ? NameOf(facts.Uid) : null;

    public static string NameOf(int uid) => NameIn("/etc/passwd", uid) ?? $"user {uid.ToString(CultureInfo.InvariantCulture)}";

    public static string GroupNameOf(int gid) => NameIn("/etc/group", gid) ?? $"group {gid.ToString(CultureInfo.InvariantCulture)}";

    // Name, password, number: passwd(5), group(5).
    private static string? NameIn(string file, int id)
    {
        var number = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            return File.ReadLines(file).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && fields[2] == number)?[0];
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int uid, int gid);
}
