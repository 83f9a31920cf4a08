namespace DbSwitch.Tests.ProxyHost;

/// <summary>The HAProxy versions that this machine has: the installed one, and those of scripts/get-haproxy.</summary>
internal static class Haproxies
{
    /// <summary>The version that the tests use where the version does not matter.</summary>
    public const string Installed = "haproxy";

    /// <summary>Name or path of each; "haproxy" for the installed one.</summary>
    public static TheoryData<string> All
    {
        get
        {
            var all = new TheoryData<string>(Installed);
            var others = Path.Combine(Checkout.Root, "artifacts", "haproxy");
            if (Directory.Exists(others))
            {
                foreach (var version in Directory.GetDirectories(others).Order().Select(Path.GetFileName).Where(version => File.Exists(Path.Combine(others, version!, "haproxy"))))
                {
                    all.Add(version!);
                }
            }

            return all;
        }
    }

    /// <summary>The executable; the test is skipped where there is none, and fails on a build machine.</summary>
    public static string Executable(string version)
    {
        var path = version == Installed
            ? ((string[])["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy", "/usr/local/bin/haproxy"]).FirstOrDefault(File.Exists)
            : Path.Combine(Checkout.Root, "artifacts", "haproxy", version, "haproxy");
        if (path is null && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip("HAProxy is not installed.");
        }

        return path.ShouldNotBeNull();
    }
}
