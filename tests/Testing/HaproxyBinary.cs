using System.Collections.Concurrent;
using System.Diagnostics;
using HaproxyRuntime;
using Xunit;

namespace DbSwitch.Testing;

/// <summary>Finds an HAProxy to run.</summary>
public static class HaproxyBinary
{
    /// <summary>The machine's own HAProxy, whatever its version.</summary>
    public const string System = "system";

    private static readonly ConcurrentDictionary<string, HaproxyVersion> s_versions = new();

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

    /// <summary>
    /// What the binary says that it is. Packages move on: under the name 3.2 there may be any patch of it and, since
    /// Debian's sid carries it, a later branch some day. What a test expects follows from this and not from the name.
    /// </summary>
    public static HaproxyVersion VersionOf(string version) => s_versions.GetOrAdd(For(version), static binary =>
    {
        using var process = Process.Start(new ProcessStartInfo(binary, "-v") { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{binary} did not start.");
        var line = process.StandardOutput.ReadToEnd().Split('\n')[0];
        process.WaitForExit();
        // HAProxy version 3.0.11-1+deb13u4 2026/01/29 - https://haproxy.org/
        return HaproxyVersion.Parse(line.Split(' ').ElementAtOrDefault(2) ?? line);
    });

    /// <summary>What that binary can.</summary>
    public static HaproxyCapabilities CapabilitiesOf(string version) => new(VersionOf(version));

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
