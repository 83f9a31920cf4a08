using System.Net.Security;

namespace DbSwitch.Databases;

/// <summary>TLS over a connection that is open already.</summary>
internal static class Encryption
{
    /// <param name="host">As the configuration names it: the certificate is made out to that, whatever address was connected to.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">Not agreed on; where the certificate is the reason, the check says so.</exception>
    public static async Task<Stream> EncryptAsync(Stream stream, string host, CertificateCheck check, CancellationToken cancel)
    {
        var encrypted = new SslStream(stream);
        await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = check.Validate }, cancel).ConfigureAwait(false);
        return encrypted;
    }
}
