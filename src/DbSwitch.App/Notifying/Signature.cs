using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.App.Notifying;

/// <summary>Shows a webhook's receiver that a notice is ours, and of when: <c>sha256=</c> and HMAC-SHA256, in hexadecimal, over the timestamp's text, a dot, and the body.</summary>
internal static class Signature
{
    public static string Of(string secret, string timestamp, string body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{body}")));
}
