using System.Diagnostics.CodeAnalysis;

namespace HaproxyRuntime;

/// <summary>Where an HAProxy's Runtime API listens: <c>unix:/path</c> or <c>tcp:host:port</c> (HAProxy's <c>stats socket</c>, management guide section 9.3).</summary>
public abstract record RuntimeEndpoint
{
    private RuntimeEndpoint()
    {
    }

    /// <summary>The longest path that fits a Unix socket's address on Linux, in bytes (unix(7): 108 with the closing NUL).</summary>
    public const int LongestSocketPath = 107;

    /// <summary>A Unix socket.</summary>
    /// <param name="Path">Its absolute path.</param>
    public sealed record Unix(string Path) : RuntimeEndpoint
    {
        /// <inheritdoc/>
        public override string ToString() => "unix:" + Path;
    }

    /// <summary>A TCP address. A name is resolved at each connection.</summary>
    /// <param name="Address">Host and port.</param>
    public sealed record Tcp(HostPort Address) : RuntimeEndpoint
    {
        /// <inheritdoc/>
        public override string ToString() => "tcp:" + Address;
    }

    /// <summary>Reads <c>unix:/path</c> or <c>tcp:host:port</c>.</summary>
    /// <exception cref="FormatException">It is neither; the message says what is wrong.</exception>
    public static RuntimeEndpoint Parse(string text) =>
        TryParse(text, out var endpoint, out var problem) ? endpoint : throw new FormatException($"\"{text}\" {problem}.");

    /// <summary>Reads <c>unix:/path</c> or <c>tcp:host:port</c>.</summary>
    /// <param name="text">What to read.</param>
    /// <param name="endpoint">The endpoint, when it could be read.</param>
    /// <param name="problem">Otherwise what is wrong with it, as the end of a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RuntimeEndpoint? endpoint, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        endpoint = null;
        problem = null;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = text["unix:".Length..];
            if (!path.StartsWith('/'))
            {
                problem = "needs an absolute path: unix:/path";
            }
            else if (path.Any(char.IsControl))
            {
                problem = "has a control character in its path";
            }
            else if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestSocketPath)
            {
                problem = $"is longer than a Unix socket's path can be ({LongestSocketPath} bytes)";
            }
            else
            {
                endpoint = new Unix(path);
            }
        }
        else if (text.StartsWith("tcp:", StringComparison.Ordinal))
        {
            if (HostPort.TryParse(text["tcp:".Length..], out var address, out problem))
            {
                endpoint = new Tcp(address);
            }
        }
        else
        {
            problem = "is neither unix:/path nor tcp:host:port";
        }

        return endpoint is not null;
    }
}
