using System.Security.Cryptography;

namespace DbSwitch.Tests.Deploying;

/// <summary>What <c>./publish</c> makes is installed and used as its users do.</summary>
[Trait("Category", "Slow")]
public sealed class PackageTests : IDisposable
{
    private const string Old = "0.1.0";
    private const string New = "0.1.1";

    private static readonly string Packages = Path.Combine(Checkout.Root, "artifacts", "packages");
    // Minutes of building, in which others measure how long something takes.
    private static readonly Lazy<Task<string>> Published = new(() => Shell.RunAsync("nice", "-n", "19", "timeout", "900", Path.Combine(Checkout.Root, "publish"), "executable", "deb", "tool", "library"));

    private readonly string _folder = $"/tmp/dbsp-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    public PackageTests() => Directory.CreateDirectory(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_Debian_package_is_installed_started_upgraded_removed_and_purged_in_a_clean_Debian()
    {
        Needs.RootAnd("debootstrap", "unshare", "dpkg-deb");
        await Published.Value;
        var brought = Directory.CreateDirectory(Path.Combine(_folder, "brought")).FullName;
        File.Copy(Path.Combine(Packages, $"dbswitch_{Old}_amd64.deb"), Path.Combine(brought, $"dbswitch_{Old}_amd64.deb"));
        await Shell.RunAsync(Path.Combine(Checkout.Root, "scripts", "make-deb"), Path.Combine(Checkout.Root, "artifacts", "publish", "for-deb"), New, Path.Combine(brought, $"dbswitch_{New}_amd64.deb"));

        var kit = Path.Combine(Checkout.Root, "tests", "Testing", "Debian");
        var said = await Shell.RunAsync("nice", "-n", "19", "timeout", "--kill-after=5", "600", Path.Combine(kit, "clean-root"), _folder, Path.Combine(kit, "package-life"));
        said.ShouldEndWith("== done\n");
    }

    [Fact]
    public async Task The_single_file_is_all_that_is_needed()
    {
        await Published.Value;
        var alone = Path.Combine(_folder, "dbswitch");
        File.Copy(Path.Combine(Packages, $"dbswitch-{Old}-linux-x64"), alone);

        // No .NET is to be found: not by its variable, not in the usual places.
        (await Shell.RunAsync("env", "-i", "HOME=" + _folder, "DOTNET_ROOT=/nowhere", alone, "--help")).ShouldContain("The database switch");
        (await Shell.RunAsync("env", "-i", "HOME=" + _folder, alone, "init", "--folder", _folder, "--target", "db1=127.0.0.1:1")).ShouldContain("haproxy.cfg");
        (await Shell.RunAsync("env", "-i", "HOME=" + _folder, alone, "check-config", "--config", Path.Combine(_folder, "dbswitch.yaml"))).ShouldContain("nothing is wrong");
    }

    [Fact]
    public async Task The_tool_is_installed_by_dotnet_and_runs()
    {
        await Published.Value;
        await Shell.RunAsync("dotnet", "tool", "install", "dbswitch", "--tool-path", _folder, "--add-source", Packages, "--version", Old);

        (await Shell.RunAsync(Path.Combine(_folder, "dbswitch"), "--help")).ShouldContain("The database switch");
    }

    [Fact]
    public async Task Every_file_has_its_checksum()
    {
        await Published.Value;
        await Shell.RunAsync("bash", "-c", $"cd '{Packages}' && sha256sum --check --strict SHA256SUMS");

        File.ReadAllLines(Path.Combine(Packages, "SHA256SUMS")).Select(line => line[66..])
            .ShouldBe(["HaproxyRuntime.0.1.0.nupkg", "HaproxyRuntime.0.1.0.snupkg", "dbswitch-0.1.0-linux-x64", "dbswitch.0.1.0.nupkg", "dbswitch_0.1.0_amd64.deb"], ignoreOrder: true);
    }
}
