using System.Text;
using System.Text.RegularExpressions;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Databases.Postgres;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>docs/postgresql.md tells the truth.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "postgresql.md"));

    [Fact]
    public void The_example_configuration_loads()
    {
        var example = Block("yaml").Replace("password_file: /etc/dbswitch/orders.password", "password: secret", StringComparison.Ordinal);
        example.ShouldContain("password: secret");
        var result = ConfigurationFile.Read(Encoding.UTF8.GetBytes("proxies: { db-proxy: { api: \"tcp:db-proxy:9999\" } }\n" + example), "dbswitch.yaml", _ => null, DatabaseKinds.Known.Binders);
        result.Problems.ShouldBeEmpty();
        var database = result.Configuration!.Switches["orders"].Targets["db1"].Database.ShouldBeOfType<PostgresDatabase>();
        (database.User, database.Database, database.Tls, database.Promote, database.MaxLag).ShouldBe(("dbswitch", "postgres", DatabaseTls.VerifyFull, Promotion.Self, 16L << 20));
    }

    [Fact]
    public async Task The_role_that_it_makes_is_enough_to_watch_and_every_guard_is_on_the_page()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        await primary.ExecuteAsync(Block("sql").Replace("ROLE dbswitch", "ROLE another", StringComparison.Ordinal).Replace("'…'", $"'{RealPostgres.Password}'", StringComparison.Ordinal));
        await Until.TrueAsync("the replica to know the role", async () => await standby.ScalarAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname = 'another'") == 1);
        var guards = await PostgresGuardTests.AskAsync(standby, primary, RealPostgres.Settings with { User = "another", Promote = Promotion.Self });

        guards.Where(g => g.Verdict != GuardVerdict.Passed).ShouldHaveSingleItem().Words.ShouldBe("can't promote db2: role another needs SUPERUSER");
        GuardLine().Matches(s_page).Select(m => m.Groups[1].Value).ShouldBe([.. guards.Select(g => g.Name), "static-servers", "unlogged-tables", "rehearsal"], ignoreOrder: true);
    }

    private static string Block(string language) => Regex.Match(s_page, $"^```{language}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;

    [GeneratedRegex(@"^\| `([a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex GuardLine();
}
