using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Sockets;
using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>The approved texts are in Approved/: read one, and you know what runs.</summary>
public sealed class HaproxyConfigurationTextTests
{
    private static readonly RunDirectory Directory = new("/run/dbswitch", "local");

    [Fact]
    public void One_frontend_is_called_db_as_in_the_seed() =>
        ShouldBeApproved("one-frontend.cfg", Plan(new() { ["orders"] = new("0.0.0.0", 8320) }) with { Statistics = new("0.0.0.0", 8360), Api = new("127.0.0.1", 9999) });

    [Fact]
    public void Several_frontends_carry_the_names_of_their_switches() =>
        ShouldBeApproved("several-frontends.cfg", Plan(new() { ["orders"] = new("::", 8320), ["billing"] = new("10.0.0.5", 8321) }));

    [Fact]
    public void What_the_operator_adds_is_appended_as_it_is() =>
        ShouldBeApproved("extra.cfg", Plan(new() { ["orders"] = new("0.0.0.0", 8320) }) with { ExtraFile = "/etc/dbswitch/more.cfg" }, "frontend more\n    bind :1234\n    # without a last line end");

    [Fact]
    public void Without_the_companion_it_is_a_plain_HAProxy() =>
        ShouldBeApproved("plain.cfg", Plan(new() { ["orders"] = new("0.0.0.0", 8320) }) with { Companion = false });

    [Fact]
    public void Limits_and_timeouts_are_those_of_the_configuration()
    {
        var plan = Plan(new() { ["orders"] = new("0.0.0.0", 8320) }) with
        {
            MaxConnections = 7,
            Timeouts = new ProxyTimeouts { Connect = TimeSpan.FromMilliseconds(1500), Client = TimeSpan.FromHours(1), Server = TimeSpan.FromHours(2) },
        };

        var text = Render(plan);

        text.ShouldContain("    maxconn 7\n");
        text.ShouldContain("    timeout connect 1500ms\n    timeout client 3600000ms\n    timeout server 7200000ms\n");
    }

    [Fact]
    public void A_directory_with_a_blank_in_its_name_stays_one_word() =>
        HaproxyConfigurationText.Render(new ProxyHostPlan(Plan(new() { ["orders"] = new("0.0.0.0", 8320) }), Switches), new RunDirectory("/tmp/it's a run", "local"), _ => 400, null)
            .ShouldContain(@"stats socket '/tmp/it'\''s a run/local/admin.sock' mode 660");

    [Fact]
    public void A_frontend_without_a_switch_is_a_mistake_that_names_both() =>
        Should.Throw<ProxyHostException>(() => Render(Plan(new() { ["ordres"] = new("0.0.0.0", 8320) }))).Message.ShouldBe("Proxy local has a frontend for \"ordres\", but there is no switch of that name.");

    private static readonly Dictionary<string, SwitchConfiguration> Switches = new()
    {
        ["orders"] = new("orders", "db_servers", ["local"], new Dictionary<string, TargetConfiguration>(), null),
        ["billing"] = new("billing", "billing_servers", ["local"], new Dictionary<string, TargetConfiguration>(), null) { Hold = TimeSpan.FromMilliseconds(1500) },
    };

    private static ManagedProxyConfiguration Plan(Dictionary<string, HostPort> frontends) => new("local", frontends, null, null, "haproxy", 2000, new ProxyTimeouts(), null);

    private static string Render(ManagedProxyConfiguration proxy, string? extra = null)
    {
        var plan = new ProxyHostPlan(proxy, Switches);
        return HaproxyConfigurationText.Render(plan, Directory, new ListeningSockets("local", plan.Listeners).DescriptorOf, extra);
    }

    private static void ShouldBeApproved(string file, ManagedProxyConfiguration proxy, string? extra = null)
    {
        var text = Render(proxy, extra);
        var approved = Path.Combine(Checkout.Root, "tests", "DbSwitch.Tests", "ProxyHost", "Approved", file);
        if (text != File.ReadAllText(approved))
        {
            var received = Path.Combine(System.IO.Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts", "received")).FullName, file);
            File.WriteAllText(received, text);
            Assert.Fail($"{file} has changed. Compare {received} with {approved}, and copy it there if it is right.");
        }
    }
}
