using System.Diagnostics.CodeAnalysis;
using System.Security;
using DbSwitch.Files;

namespace DbSwitch.Configuration.Source;

/// <summary>Reads a small file whole. What can go wrong comes back as the end of a sentence ("does not exist").</summary>
internal static class FileContent
{
    public static bool TryRead(string path, int most, [NotNullWhen(true)] out byte[]? content, [NotNullWhen(false)] out string? problem)
    {
        content = null;
        problem = null;
        try
        {
            if (Directory.Exists(path))
            {
                problem = "is a directory, not a file";
                return false;
            }

            // To open a FIFO waits until somebody writes to it, and a terminal may never end.
            if (FileFacts.NotRegular(path) is { } other)
            {
                problem = other;
                return false;
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // One byte more than allowed, read to the end: the length of what the system makes up (/proc) says nothing.
            var buffer = new byte[most + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > most)
            {
                problem = $"is larger than {most / 1024} KiB; is it the right file?";
                return false;
            }

            content = buffer[..length];
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or SecurityException)
        {
            problem = Describe(e);
            return false;
        }
    }

    internal static string Describe(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "does not exist",
        UnauthorizedAccessException => $"may not be read by user {Environment.UserName}",
        _ => $"can't be read: {exception.Message}",
    };
}
