using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DbSwitch.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.App.Http.Authentication;

/// <summary>Certificate, key and CA, from their files; read again when one of them is another than before, since certificates are renewed. A bad file keeps the last good ones, and is said.</summary>
internal sealed partial class TlsFiles
{
    // Extended key usage: client authentication (RFC 5280, 4.2.1.12).
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly Lock _reading = new();
    private readonly TlsConfiguration _files;
    private ILogger _logger = NullLogger.Instance;
    private Loaded _loaded;
    private Stamp _seen;

    /// <exception cref="CryptographicException">A file holds no certificate, or a key that is another one's.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
    public TlsFiles(TlsConfiguration files)
    {
        _files = files;
        (_seen, _loaded) = (StampOf(files), Load(files));
    }

    public void LogTo(ILogger logger) => _logger = logger;

    /// <summary>Whether the certificate is for this name.</summary>
    public bool IsFor(string name) => Now().Context.TargetCertificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false);

    /// <summary>What the next handshake is done with.</summary>
    public SslServerAuthenticationOptions OptionsForHandshake()
    {
        var now = Now();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = now.Context,
            ClientCertificateRequired = now.ClientCa is not null,

            // Revoked are a client's rights by a new CA: there is no list to ask.
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is null || (now.ClientCa is { } ca && IsSignedBy(ca, (X509Certificate2)certificate)),
        };
    }

    private Loaded Now()
    {
        lock (_reading)
        {
            var stamp = StampOf(_files);
            if (stamp != _seen)
            {
                _seen = stamp;
                try
                {
                    _loaded = Load(_files);
                    Renewed(_files.Certificate);
                }
                catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
                {
                    Kept(_files.Certificate, e.Message);
                }
            }

            return _loaded;
        }
    }

    private static bool IsSignedBy(X509Certificate2Collection ca, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }

    private static Loaded Load(TlsConfiguration files)
    {
        var certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(files.Certificate);
        X509Certificate2Collection? ca = null;
        if (files.ClientCa is { } path)
        {
            ca = [];
            ca.ImportFromPemFile(path);
            if (ca.Count == 0)
            {
                throw new CryptographicException($"{path} holds no certificate.");
            }
        }

        return new Loaded(SslStreamCertificateContext.Create(certificate, [.. chain.Skip(1)], offline: true), ca);
    }

    private static Stamp StampOf(TlsConfiguration files) => new(
        File.GetLastWriteTimeUtc(files.Certificate), File.GetLastWriteTimeUtc(files.Key), files.ClientCa is { } ca ? File.GetLastWriteTimeUtc(ca) : default);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Certificate}: read again, and in use from now on")]
    private partial void Renewed(string certificate);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Certificate}: can't be read again, so the one before stays in use: {Problem}")]
    private partial void Kept(string certificate, string problem);

    private sealed record Loaded(SslStreamCertificateContext Context, X509Certificate2Collection? ClientCa);

    private readonly record struct Stamp(DateTime Certificate, DateTime Key, DateTime ClientCa);
}
