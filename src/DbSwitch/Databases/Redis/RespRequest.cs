using System.Globalization;
using System.Text;

namespace DbSwitch.Databases.Redis;

/// <summary>A command as bytes. Every word has its length before it, so that nothing can be injected by what is in one.</summary>
internal static class RespRequest
{
    public static byte[] Of(IReadOnlyList<string> command)
    {
        using var bytes = new MemoryStream();
        Write(bytes, $"*{Text(command.Count)}\r\n");
        foreach (var word in command)
        {
            Write(bytes, $"${Text(Encoding.UTF8.GetByteCount(word))}\r\n{word}\r\n");
        }

        return bytes.ToArray();
    }

    private static void Write(MemoryStream bytes, string text) => bytes.Write(Encoding.UTF8.GetBytes(text));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
