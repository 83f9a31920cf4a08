using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.Gates.Wire;

/// <summary>The client's side of SCRAM-SHA-256 (RFC 5802 and 7677), without channel binding. PostgreSQL takes the user from the startup message, so none is named here.</summary>
/// <param name="user">Empty for PostgreSQL.</param>
/// <param name="nonce">Ours, printable and without a comma.</param>
internal sealed class ScramLogin(string user, string password, string nonce)
{
    public const string Mechanism = "SCRAM-SHA-256";

    // "n,," says that no channel is bound; in base64 it comes again in the last message.
    private const string NoBinding = "n,,";
    private const int MostIterations = 1_000_000;
    private byte[]? _serverSignature;

    private string FirstBare => $"n={user},r={nonce}";

    public string First => NoBinding + FirstBare;

    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    /// <summary>The proof that we know the password, for what the server has answered to the first message.</summary>
    /// <exception cref="InvalidDataException">The server's message is not one.</exception>
    public string Answer(string serverFirst)
    {
        var parts = Parts(serverFirst);
        if (!parts.TryGetValue('r', out var both) || !both.StartsWith(nonce, StringComparison.Ordinal) || both.Length == nonce.Length
            || !parts.TryGetValue('s', out var salt) || !int.TryParse(parts.GetValueOrDefault('i'), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > MostIterations)
        {
            throw new InvalidDataException("sent a SCRAM message that can't be understood");
        }

        var withoutProof = $"c={Convert.ToBase64String(Encoding.ASCII.GetBytes(NoBinding))},r={both}";
        var signed = Encoding.UTF8.GetBytes($"{FirstBare},{serverFirst},{withoutProof}");
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), Bytes(salt), iterations, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8.ToArray());
        var signature = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8.ToArray()), signed);
        return $"{withoutProof},p={Convert.ToBase64String([.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))])}";
    }

    /// <summary>Whether the server knows the password, too.</summary>
    public bool IsServers(string serverFinal) =>
        _serverSignature is not null && Parts(serverFinal).TryGetValue('v', out var proof) && CryptographicOperations.FixedTimeEquals(Bytes(proof), _serverSignature);

    private static Dictionary<char, string> Parts(string message) =>
        message.Split(',').Where(p => p.Length >= 2 && p[1] == '=').GroupBy(p => p[0]).ToDictionary(g => g.Key, g => g.First()[2..]);

    private static byte[] Bytes(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException("sent a SCRAM message that can't be understood", e);
        }
    }
}
