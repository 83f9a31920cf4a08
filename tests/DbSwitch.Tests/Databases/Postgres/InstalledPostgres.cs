namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>The PostgreSQL of this machine. Where there is none the test is skipped, and fails where CI=true.</summary>
internal static class InstalledPostgres
{
    private static readonly string? s_folder = Find();

    // Its programs refuse root.
    private static readonly bool s_isRoot = Environment.UserName == "root";

    public static void Require()
    {
        if (s_folder is not null)
        {
            return;
        }

        const string Reason = "PostgreSQL is not here (package postgresql).";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(Reason);
        }

        Assert.Skip(Reason);
    }

    public static string Tool(string name) => Path.Combine(s_folder!, name);

    public static (string Program, string[] Arguments) AsItsUser(string program, params string[] arguments) =>
        s_isRoot ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]) : (program, arguments);

    public static void GiveToItsUser(string folder)
    {
        if (s_isRoot)
        {
            using var chown = System.Diagnostics.Process.Start("chown", ["postgres:postgres", folder]);
            chown.WaitForExit();
        }
    }

    /// <summary>Debian keeps each version in a folder of its own; elsewhere it is in PATH.</summary>
    private static string? Find()
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => Version.TryParse(Path.GetFileName(d) + ".0", out var version) ? version : new Version()).Select(d => Path.Combine(d, "bin")) : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return versions.Concat(path).FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "postgres")));
    }
}
