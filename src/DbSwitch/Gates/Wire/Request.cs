using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.Gates.Wire;

/// <summary>What we send, as bytes. Simple queries alone: PgBouncer's admin console knows no others before 1.23, and drivers send no simple ones.</summary>
internal static class Request
{
    private const int Protocol = 3 << 16;
    private const int Tls = (1234 << 16) | 5679;

    public static byte[] EncryptionPlease { get; } = Framed(null, Number(Tls));

    public static byte[] Startup(string user, string database) => Framed(null, [.. Number(Protocol), .. Text("user"), .. Text(user), .. Text("database"), .. Text(database), .. Text("application_name"), .. Text("dbswitch"), 0]);

    public static byte[] Query(string sql) => Framed('Q', Text(sql));

    public static byte[] Password(string password) => Framed('p', Text(password));

    /// <summary>MD5 over the stored form of the password and the salt: what the protocol asks for, and not what protects the connection.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351", Justification = "The protocol's own, where the server asks for it.")]
    public static byte[] Md5Password(string user, string password, byte[] salt)
    {
        var stored = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(password + user)));
        return Password("md5" + Convert.ToHexStringLower(MD5.HashData([.. Encoding.UTF8.GetBytes(stored), .. salt])));
    }

    public static byte[] SaslFirst(string mechanism, string message) => Framed('p', [.. Text(mechanism), .. Number(Encoding.UTF8.GetByteCount(message)), .. Encoding.UTF8.GetBytes(message)]);

    public static byte[] SaslNext(string message) => Framed('p', Encoding.UTF8.GetBytes(message));

    private static byte[] Framed(char? type, byte[] body) => [.. type is { } t ? new[] { (byte)t } : [], .. Number(body.Length + 4), .. body];

    private static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    private static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}
