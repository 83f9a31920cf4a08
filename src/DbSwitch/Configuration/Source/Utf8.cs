using System.Diagnostics.CodeAnalysis;
using System.Text;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Source;

/// <summary>Bytes to text, strictly: replaced characters would turn up later as a name that nothing has.</summary>
internal static class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryDecode(byte[] bytes, [NotNullWhen(true)] out string? text, out Mark at, [NotNullWhen(false)] out string? problem)
    {
        text = null;
        problem = null;
        at = default;
        ReadOnlySpan<byte> content = bytes;
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            problem = "is UTF-16; save it as UTF-8";
            return false;
        }

        if (content.StartsWith(Encoding.UTF8.Preamble))
        {
            content = content[Encoding.UTF8.Preamble.Length..];
        }

        try
        {
            text = Strict.GetString(content);
            return true;
        }
        catch (DecoderFallbackException e)
        {
            // Its index can be that of an earlier byte of the same character, even before the block that was being read.
            var before = content[..Math.Clamp(e.Index, 0, content.Length)];
            at = new Mark(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
            problem = $"is not UTF-8: byte 0x{content[Math.Clamp(e.Index, 0, content.Length - 1)]:X2} can't stand here";
            return false;
        }
    }
}
