namespace DbSwitch.App.ProxyHost.Platform;

/// <summary>How many connections fit into the limit on open files: HAProxy refuses to start with a <c>maxconn</c> that does not.</summary>
internal static class OpenFiles
{
    private const int Default = 10_000;

    // Each connection has a file on either side. The rest is for admin connections ("stats maxconn" in the configuration that is written), listeners and pipes.
    private const int Others = 1_000;

    public static int ConnectionsAllowed() => (int)Math.Clamp((Posix.MostOpenFiles() - Others) / 2, 100, Default);
}
