using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DbSwitch.App.Logging;

/// <summary>A line of the log for programs: <c>time</c>, <c>level</c>, <c>message</c>, and what it is about (<c>switch</c>, <c>generation</c>, <c>switchover</c>, <c>proxy</c>, <c>target</c>) where it is about that.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // As the lines have them, and as the API calls them.
    private static readonly (string Key, string Name)[] About = [("Switch", "switch"), ("Generation", "generation"), ("Id", "switchover"), ("Proxy", "proxy"), ("Target", "target")];

    public static string Of(DateTimeOffset time, LogLevel level, string message, IReadOnlyList<KeyValuePair<string, object?>> values, Exception? error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time);
            json.WriteString("level", level switch { LogLevel.Trace or LogLevel.Debug => "debug", LogLevel.Information => "info", LogLevel.Warning => "warning", _ => "error" });
            foreach (var (key, name) in About)
            {
                switch (values.FirstOrDefault(v => v.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value)
                {
                    case string text:
                        json.WriteString(name, text);
                        break;
                    case long number:
                        json.WriteNumber(name, number);
                        break;
                    default:
                        // It is about no such thing.
                        break;
                }
            }

            json.WriteString("message", message);
            if (error is not null)
            {
                json.WriteString("error", error.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
