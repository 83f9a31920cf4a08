using System.Security.Cryptography;

namespace DbSwitch.Tests.Deploying;

/// <summary>What <c>./publish</c> makes is installed and used as its users do.</summary>
[Trait("Category", "Slow")]
public sealed class PackageTests : IDisposable
{
    private const string Old = Published.Version;
    private const string New = "0.1.1";

    private static readonly string Packages = Published.Packages;

    private readonly string _folder = $"/tmp/dbsp-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    public PackageTests() => Directory.CreateDirectory(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_Debian_package_is_installed_started_upgraded_removed_and_purged_in_a_clean_Debian()
    {
        Needs.RootAnd("debootstrap", "unshare", "dpkg-deb");
        await Published.AllAsync();
        var brought = Directory.CreateDirectory(Path.Combine(_folder, "brought")).FullName;
        File.Copy(Path.Combine(Packages, $"dbswitch_{Old}_amd64.deb"), Path.Combine(brought, $"dbswitch_{Old}_amd64.deb"));
        await Shell.RunAsync(Path.Combine(Checkout.Root, "scripts", "make-deb"), await Published.NativeAsync(), New, Path.Combine(brought, $"dbswitch_{New}_amd64.deb"));

        var kit = Path.Combine(Checkout.Root, "tests", "Testing", "Debian");
        var said = await Shell.RunAsync("nice", "-n", "19", "timeout", "--kill-after=5", "600", Path.Combine(kit, "clean-root"), _folder, Path.Combine(kit, "package-life"));
        said.ShouldEndWith("== done\n");
    }

    [Fact]
    public async Task The_single_file_is_all_that_is_needed()
    {
        var alone = Path.Combine(_folder, "dbswitch");
        await Published.AllAsync();
        File.Copy(Path.Combine(Packages, $"dbswitch-{Old}-linux-x64"), alone);

        // It is native: no .NET is asked for, and none is to be found.
        (await Shell.RunAsync("ldd", alone)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split(' ')[0]).ShouldBe(["linux-vdso.so.1", "libm.so.6", "libc.so.6", "/lib64/ld-linux-x86-64.so.2"], ignoreOrder: true);
        (await Shell.RunAsync("env", "-i", "HOME=" + _folder, "DOTNET_ROOT=/nowhere", alone, "--help")).ShouldContain("The database switch");
        (await Shell.RunAsync("env", "-i", "HOME=" + _folder, alone, "init", "--folder", _folder, "--target", "db1=127.0.0.1:1")).ShouldContain("haproxy.cfg");
        (await Shell.RunAsync("env", "-i", "HOME=" + _folder, alone, "check-config", "--config", Path.Combine(_folder, "dbswitch.yaml"))).ShouldContain("nothing is wrong");
    }

    [Fact]
    public async Task The_tool_is_installed_by_dotnet_and_runs()
    {
        await Published.AllAsync();
        await Shell.RunAsync("dotnet", "tool", "install", "dbswitch", "--tool-path", _folder, "--add-source", Packages, "--version", Old);

        (await Shell.RunAsync(Path.Combine(_folder, "dbswitch"), "--help")).ShouldContain("The database switch");
    }

    [Fact]
    public async Task Every_file_has_its_checksum()
    {
        await Published.AllAsync();
        await Shell.RunAsync("bash", "-c", $"cd '{Packages}' && sha256sum --check --strict SHA256SUMS");

        File.ReadAllLines(Path.Combine(Packages, "SHA256SUMS")).Select(line => line[66..])
            .ShouldBe(["HaproxyRuntime.0.1.0.nupkg", "HaproxyRuntime.0.1.0.snupkg", "dbswitch-0.1.0-linux-x64", "dbswitch.0.1.0.nupkg", "dbswitch_0.1.0_amd64.deb"], ignoreOrder: true);
    }
}
