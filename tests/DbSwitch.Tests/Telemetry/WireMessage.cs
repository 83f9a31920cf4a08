using System.Buffers.Binary;
using System.Text;

namespace DbSwitch.Tests.Telemetry;

/// <summary>One message of protocol buffers, read without its description: fields by their number, as protobuf.dev/programming-guides/encoding has them.</summary>
internal sealed class WireMessage
{
    private readonly List<(int Number, ReadOnlyMemory<byte> Bytes, ulong Value)> _fields = [];

    public WireMessage(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tag = Varint(ref bytes);
            var (number, kind) = ((int)(tag >> 3), (int)(tag & 7));
            switch (kind)
            {
                case 0:
                    _fields.Add((number, default, Varint(ref bytes)));
                    break;
                case 1:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span)));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    _fields.Add((number, bytes[..length], 0));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span)));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new FormatException($"wire type {kind}");
            }
        }
    }

    public IEnumerable<WireMessage> Messages(int number) => _fields.Where(f => f.Number == number).Select(f => new WireMessage(f.Bytes));

    public ReadOnlyMemory<byte> Bytes(int number) => _fields.FirstOrDefault(f => f.Number == number).Bytes;

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number).Span);

    public ulong Value(int number) => _fields.FirstOrDefault(f => f.Number == number).Value;

    /// <summary>A list of key and value as OpenTelemetry has them (common.proto): texts and whole numbers.</summary>
    public Dictionary<string, string> Attributes(int number) => Messages(number).ToDictionary(a => a.Text(1), a => a.Messages(2).Single() is var v && v.Bytes(1).Length > 0 ? v.Text(1) : v.Value(3).ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        var (value, shift, at) = (0UL, 0, 0);
        do
        {
            value |= (ulong)(bytes.Span[at] & 0x7f) << shift;
            shift += 7;
        }
        while ((bytes.Span[at++] & 0x80) != 0);

        bytes = bytes[at..];
        return value;
    }
}
