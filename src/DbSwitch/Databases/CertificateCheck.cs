using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using DbSwitch.Configuration;

namespace DbSwitch.Databases;

/// <summary>Whether a server's certificate is what the configuration asks for, and if not, why: the platform's own answer is yes or no.</summary>
/// <param name="host">As the configuration names it.</param>
internal sealed class CertificateCheck(string host, DatabaseTls tls, string? authorityFile)
{
    /// <summary>What was wrong, fit to follow the target's name; null when nothing was, and before the check.</summary>
    public string? Problem { get; private set; }

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Problem = certificate switch
        {
            _ when tls == DatabaseTls.Require => null,
            null => "showed no certificate",
            _ => Find(new X509Certificate2(certificate), chain),
        };
        return Problem is null;
    }

    private string? Find(X509Certificate2 certificate, X509Chain? sent)
    {
        var now = DateTime.Now;
        if (now > certificate.NotAfter || now < certificate.NotBefore)
        {
            return string.Create(CultureInfo.InvariantCulture, $"shows a certificate that {(now > certificate.NotAfter ? "expired at" : "is valid only from")} {(now > certificate.NotAfter ? certificate.NotAfter : certificate.NotBefore):yyyy-MM-dd HH:mm:ss}");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        if (authorityFile is { } file)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            try
            {
                chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                return $"can't be verified: {file} can't be read ({e.Message})";
            }
        }

        if (!chain.Build(certificate))
        {
            return $"shows a certificate that no authority of {authorityFile ?? "this system"} has signed ({string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()))})";
        }

        return tls == DatabaseTls.VerifyFull && !certificate.MatchesHostname(host)
            ? $"shows a certificate that is made out to {certificate.GetNameInfo(X509NameType.DnsName, false)}, not to {host}"
            : null;
    }
}
