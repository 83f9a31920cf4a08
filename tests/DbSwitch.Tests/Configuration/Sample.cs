using System.Text;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.Tests.Configuration;

/// <summary>A valid file with every key, one a line, so that a test can change one thing and knows the line of the answer.</summary>
internal static class Sample
{
    public const string Valid = """
        state: /var/lib/dbswitch/state.db
        listen:
          unix: /run/dbswitch/dbswitch.sock
          http: 127.0.0.1:8370
        proxies:
          far:
            api: tcp:db-proxy:9999
            master: unix:/run/haproxy/master.sock
          local:
            managed:
              frontends:
                orders: 0.0.0.0:8320
              statistics: 127.0.0.1:8360
              api: 127.0.0.1:9999
              haproxy: haproxy
              maxconn: 10000
              timeouts:
                client: 30m
                server: 30m
                connect: 2s
              extra: /etc/dbswitch/extra.cfg
        switches:
          orders:
            backend: db_servers
            proxies:
              - far
              - local
            hold: 5s
            grace: 100ms
            drain: 0s
            targets:
              db1:
                address: db1:5432
              db2:
                address: db2:5432
            initial: db1
        """;

    /// <summary>The valid file with one piece of it replaced.</summary>
    public static string With(string old, string replacement)
    {
        Valid.Split(old).Length.ShouldBe(2, $"\"{old}\" must be in the sample exactly once");
        return Valid.Replace(old, replacement, StringComparison.Ordinal);
    }

    public static ConfigurationResult Read(string yaml, Func<string, string?>? environment = null) =>
        ConfigurationFile.Read(Encoding.UTF8.GetBytes(yaml), "dbswitch.yaml", environment ?? (_ => null), DatabaseKinds.Known.Binders);

    public static DbSwitchConfiguration Load(string yaml, Func<string, string?>? environment = null)
    {
        var result = Read(yaml, environment);
        result.Problems.ShouldBeEmpty();
        return result.Configuration.ShouldNotBeNull();
    }

    /// <summary>All problems as printed, without the file's name.</summary>
    public static string[] Problems(string yaml, Func<string, string?>? environment = null)
    {
        var result = Read(yaml, environment);
        result.IsValid.ShouldBe(result.Problems.Count == 0);
        return [.. result.Problems.Select(p => p.ToString()["dbswitch.yaml:".Length..].TrimStart())];
    }
}
