using System.Security.Cryptography;

namespace DbSwitch.Tests.Deploying;

/// <summary>deploy/keepalived: two proxies, and one address that moves between them.</summary>
[Collection(nameof(Alone)), Trait("Category", "Slow")]
public sealed class KeepalivedTests
{
    [Fact]
    public async Task The_clients_address_moves_with_HAProxy_and_the_database_stays()
    {
        Needs.RootAnd("keepalived", "ip", "unshare", "nc");
        var folder = $"/tmp/dbsk-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(folder);
        try
        {
            var script = Path.Combine(Checkout.Root, "tests", "Testing", "Keepalived", "two-proxies");
            var said = await Shell.RunAsync("timeout", "--kill-after=5", "240", script, folder, Dbswitch.Path, HaproxyBinary.For("3.0"));
            said.ShouldEndWith("== done\n");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
