using Xunit;

namespace DbSwitch.Testing;

/// <summary>Finds an HAProxy to run.</summary>
public static class HaproxyBinary
{
    /// <summary>The machine's own HAProxy, whatever its version.</summary>
    public const string System = "system";

    /// <summary>
    /// The path of that version's binary. Where it is missing the test is skipped, and fails where CI=true:
    /// on a laptop it is a nuisance, in CI a hole.
    /// </summary>
    /// <param name="version">One of <see cref="HaproxyVersions.Names"/>, one that somebody has built and put to artifacts/haproxy-built, or <see cref="System"/>.</param>
    public static string For(string version)
    {
        // The kit reads /proc and sends Linux's signals.
        var path = !OperatingSystem.IsLinux() ? null : version == System ? OnThePath() : InTheCheckout(version);
        if (path is not null)
        {
            return path;
        }

        var reason = $"HAProxy {version} is not here; on Linux, scripts/get-haproxy {version} fetches it.";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(reason);
        }

        Assert.Skip(reason);
        return reason;
    }

    private static string? InTheCheckout(string version)
    {
        string[] folders = ["haproxy", "haproxy-built"];
        return Array.Find([.. folders.Select(folder => Path.Combine(Checkout.Root, "artifacts", folder, version, "haproxy"))], File.Exists);
    }

    // Debian puts it where only root's PATH looks.
    private static string? OnThePath() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "haproxy")).FirstOrDefault(File.Exists);
}
