using System.Runtime.InteropServices;

namespace DbSwitch.Tests.Stage;

/// <summary>What <c>./publish</c> makes: once in a run, for all tests that want some of it. It takes minutes, most of them for the native executable.</summary>
internal static class Published
{
    public const string Version = "0.1.0";

    // In the background of everything else: others measure how long something takes.
    private static readonly Lazy<Task<string>> Made = new(() => Shell.RunAsync("nice", "-n", "19", "timeout", "1500", Path.Combine(Checkout.Root, "publish"), "executable", "deb", "tool", "library"));

    public static string Packages { get; } = Path.Combine(Checkout.Root, "artifacts", "packages");

    // By the name that it is installed under, which it calls itself in its help.
    private static string Native { get; } = Path.Combine(Checkout.Root, "artifacts", "publish", "linux-x64", "dbswitch");

    /// <summary>All of it. Skips the test where nothing native can be linked, and fails where CI=true.</summary>
    public static async Task AllAsync()
    {
        Needs.Program("Linux on x86-64", OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64);
        Needs.Program("a C compiler, which links the native executable (on Debian: gcc, libc6-dev)", ((string[])["/usr/bin/clang", "/usr/bin/gcc"]).Any(File.Exists));
        await Made.Value;
    }

    /// <summary>The native executable.</summary>
    public static async Task<string> NativeAsync()
    {
        await AllAsync();
        return Native;
    }
}
