namespace HaproxyRuntime;

/// <summary>
/// Which streams <c>show sess</c> is to list (management guide section 9.3). HAProxy filters by itself from 3.2 on; older versions list all, and the others are left
/// out here: the result is the same, only the answer is longer.
/// </summary>
public sealed record SessionFilter
{
    private SessionFilter(string words, string? frontend = null, string? backend = null, string? server = null) => (Words, Frontend, Backend, Server) = (words, frontend, backend, server);

    /// <summary>The frontend that the client came in by, or null for any.</summary>
    public string? Frontend { get; }

    /// <summary>The backend, or null for any.</summary>
    public string? Backend { get; }

    /// <summary>The server within <see cref="Backend"/>, or null for any.</summary>
    public string? Server { get; }

    internal string Words { get; }

    /// <summary>Those that came in by a frontend.</summary>
    /// <exception cref="ArgumentException">The name holds a character that HAProxy does not allow.</exception>
    public static SessionFilter OfFrontend(string frontend) => new("frontend " + RuntimeCommand.CheckedName(frontend), frontend: frontend);

    /// <summary>Those of a backend, whatever server they have.</summary>
    /// <exception cref="ArgumentException">The name holds a character that HAProxy does not allow.</exception>
    public static SessionFilter OfBackend(string backend) => new("backend " + RuntimeCommand.CheckedName(backend), backend: backend);

    /// <summary>Those that were given a server, also when they have not reached it yet.</summary>
    /// <exception cref="ArgumentException">A name holds a character that HAProxy does not allow.</exception>
    public static SessionFilter OfServer(string backend, string server) => new($"server {RuntimeCommand.CheckedName(backend)}/{RuntimeCommand.CheckedName(server)}", backend: backend, server: server);
}
