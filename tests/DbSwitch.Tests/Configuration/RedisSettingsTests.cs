using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Databases.Redis;

namespace DbSwitch.Tests.Configuration;

/// <summary>The section <c>redis</c> of a switch.</summary>
public sealed class RedisSettingsTests
{
    [Fact]
    public void What_is_left_out_is_the_default_user_with_a_verified_certificate_and_nobody_promotes()
    {
        var (read, problems) = Read("redis: { }");
        problems.ShouldBeEmpty();
        read.ShouldBe(new RedisDatabase("default", null) { Tls = DatabaseTls.VerifyFull, MaxLag = 16 * 1024 * 1024, Promote = Promotion.None, OnEmpty = OnEmpty.Hold });
    }

    [Theory]
    [InlineData("self", Promotion.Self)]
    [InlineData("sql", Promotion.Self)]
    [InlineData("follow", Promotion.Follow)]
    public void Every_word_is_understood(string word, Promotion promote)
    {
        var (read, problems) = Read($"redis: {{ user: dbswitch, password: secret, tls: disable, max_lag: 1MB, promote: {word}, on_empty: serve }}");
        problems.ShouldBeEmpty();
        read.ShouldBe(new RedisDatabase("dbswitch", new Secret("secret")) { Tls = DatabaseTls.Disable, MaxLag = 1024 * 1024, Promote = promote, OnEmpty = OnEmpty.Serve });
    }

    [Fact]
    public void What_is_wrong_is_said_with_its_line()
    {
        Read("redis: { promote: sentinel }").Problems.ShouldHaveSingleItem().ShouldContain("\"sentinel\" is none of none, follow, hook and self");
        Read("redis: { on_empty: flush }").Problems.ShouldHaveSingleItem().ShouldContain("\"flush\" is none of hold and serve");
        Read("redis: { database: 3 }").Problems.ShouldHaveSingleItem().ShouldContain("unknown key");
    }

    private static (DatabaseConfiguration? Read, IReadOnlyList<string> Problems) Read(string section)
    {
        var read = ConfigurationFile.Read(System.Text.Encoding.UTF8.GetBytes($$"""
            state: /var/lib/dbswitch/state.db
            listen: { unix: /run/dbswitch/dbswitch.sock }
            proxies: { p: { api: "tcp:db-proxy:9999" } }
            switches:
              cache:
                backend: b
                proxies: [p]
                {{section}}
                targets: { db1: { address: "h:6379", kind: redis } }
            """), "/etc/dbswitch.yaml", _ => null, DatabaseKinds.Known.Binders);
        return (read.Configuration?.Switches["cache"].Targets["db1"].Database, [.. read.Problems.Select(p => p.ToString())]);
    }
}
