using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.App.Http.Authentication;

/// <summary>One bearer token, as the file keeps it: what it is good for, and what it is hashed to. The token itself is known to its owner alone.</summary>
internal sealed record Token(string Name, Role Role, string Hash, DateTimeOffset Created)
{
    private const string Prefix = "dbsw_";
    private const int Bytes = 32;

    /// <summary>Well known words, so that whoever finds one in a log knows what it is; the rest is random.</summary>
    public static string NewSecret() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>SHA-256, in hexadecimal digits. No salt and no slowness: 256 random bits can't be guessed.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>The token whose secret this is. Each is compared, whole, so that the time tells nothing.</summary>
    public static Token? Find(IEnumerable<Token> tokens, string secret)
    {
        var hash = Encoding.ASCII.GetBytes(HashOf(secret));
        Token? found = null;
        foreach (var token in tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(token.Hash)))
            {
                found = token;
            }
        }

        return found;
    }
}
