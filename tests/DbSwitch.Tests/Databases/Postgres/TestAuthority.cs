using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>An authority that signs the certificates of servers, and that nobody trusts who has not been told to.</summary>
internal sealed class TestAuthority
{
    private readonly X509Certificate2 _own;

    public TestAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
    }

    public string Pem => _own.ExportCertificatePem();

    /// <returns>A certificate that is made out to a host, and its key (PEM).</returns>
    public (string Certificate, string Key) Sign(string host, DateTimeOffset until)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        return (request.Create(_own, DateTimeOffset.UtcNow.AddDays(-20), until, RandomNumberGenerator.GetBytes(8)).ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
