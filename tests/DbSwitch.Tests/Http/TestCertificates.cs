using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DbSwitch.Tests.Http;

/// <summary>A certificate authority of a test's own, and what it signs. Nothing of it is trusted by anybody else.</summary>
internal sealed class TestCertificates : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2 _ca;

    public TestCertificates()
    {
        var request = RequestOf("CN=a test's authority", ECDsa.Create(ECCurve.NamedCurves.nistP256));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    public X509Certificate2 Client(string name) => Signed("CN=" + name, ClientAuthentication, null);

    /// <summary>Writes certificate and key of a server, and the authority's certificate: <c>NAME.pem</c>, <c>NAME.key</c>, <c>NAME-ca.pem</c>.</summary>
    public X509Certificate2 WriteServer(string folder, string name, string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        names.AddIpAddress(IPAddress.Loopback);
        var certificate = Signed("CN=" + host, ServerAuthentication, names);

        // The key before the certificate, as those do who renew them: a pair that does not fit is not used.
        File.WriteAllText(Path.Combine(folder, name + ".key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder, name + ".pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, name + "-ca.pem"), _ca.ExportCertificatePem());
        return certificate;
    }

    /// <summary>A client that trusts this authority alone, and shows a certificate or none. Every host is this machine.</summary>
    public HttpClient ClientFor(int port, string host, X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_ca);
        handler.SslOptions.ClientCertificates = certificate is null ? [] : [certificate];
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!;
        return new HttpClient(handler) { BaseAddress = new Uri($"https://{host}:{port}") };
    }

    public void Dispose() => _ca.Dispose();

    private X509Certificate2 Signed(string subject, string purpose, SubjectAlternativeNameBuilder? names)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestOf(subject, key);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        return request.Create(_ca, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
    }

    private static CertificateRequest RequestOf(string subject, ECDsa key) => new(subject, key, HashAlgorithmName.SHA256);
}
