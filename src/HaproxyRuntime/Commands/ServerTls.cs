namespace HaproxyRuntime;

/// <summary>TLS to a server (configuration manual section 5.2, <c>ssl</c>). The files were loaded by the configuration already: HAProxy opens none at run time.</summary>
public sealed record ServerTls
{
    /// <summary>Whether its certificate is checked. Must be said: without it HAProxy's <c>ssl-server-verify</c> decides.</summary>
    public required bool Verify { get; init; }

    /// <summary>The authorities that may have signed its certificate. Needed where it is checked.</summary>
    public string? AuthoritiesFile { get; init; }

    /// <summary>The client certificate, with its key.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>An expression that gives the name to ask for, such as <c>str(db.example)</c>.</summary>
    public string? ServerName { get; init; }

    /// <summary>The name that its certificate must have.</summary>
    public string? CertificateName { get; init; }

    /// <summary>The protocols to offer, separated by commas, such as <c>h2,http/1.1</c>.</summary>
    public string? Alpn { get; init; }

    internal void AddTo(WordList words)
    {
        if (Verify && AuthoritiesFile is null)
        {
            throw new ArgumentException("TLS whose certificate is checked needs the authorities' file (AuthoritiesFile).", nameof(words));
        }

        words.Add("ssl", true);
        words.Add("verify", Verify ? "required" : "none");
        words.Add("ca-file", AuthoritiesFile);
        words.Add("crt", CertificateFile);
        words.Add("sni", ServerName);
        words.Add("verifyhost", CertificateName);
        words.Add("alpn", Alpn);
    }
}
