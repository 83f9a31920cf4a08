namespace DbSwitch.Tests.Configuration;

/// <summary>One wrong value each: what was written, and the whole answer.</summary>
public sealed class ValueProblemTests
{
    [Theory]
    [InlineData("5", "\"5\" has no unit; write 5ms, 5s, 5m or 5h")]
    [InlineData("0", "\"0\" has no unit; write 0ms, 0s, 0m or 0h")]
    [InlineData("5 s", "\"5 s\" is not a duration; write a whole number and a unit (ms, s, m or h), such as 5s or 100ms")]
    [InlineData("1.5s", "\"1.5s\" is not a duration; write a whole number and a unit (ms, s, m or h), such as 5s or 100ms")]
    [InlineData("-1s", "\"-1s\" is not a duration; write a whole number and a unit (ms, s, m or h), such as 5s or 100ms")]
    [InlineData("5S", "\"5S\" is not a duration; write a whole number and a unit (ms, s, m or h), such as 5s or 100ms")]
    [InlineData("s", "\"s\" is not a duration; write a whole number and a unit (ms, s, m or h), such as 5s or 100ms")]
    [InlineData("61s", "\"61s\" is out of range; 0s to 1m is allowed")]
    [InlineData("99999999999999999999999h", "\"99999999999999999999999h\" is out of range; 0s to 1m is allowed")]
    [InlineData("", "has no value; leave the key out for the default")]
    [InlineData("~", "has no value; leave the key out for the default")]
    [InlineData("''", "the value is empty")]
    [InlineData("[5s]", "expected a single value, found a list")]
    [InlineData("{ a: 5s }", "expected a single value, found a map")]
    public void Hold(string written, string problem) => Answer("hold: 5s", $"hold: {written}", "switches.orders.hold: " + problem);

    [Theory]
    [InlineData("grace: 100ms", "grace: 11s", "switches.orders.grace: \"11s\" is out of range; 0s to 10s is allowed")]
    [InlineData("drain: 0s", "drain: 61m", "switches.orders.drain: \"61m\" is out of range; 0s to 1h is allowed")]
    [InlineData("connect: 2s", "connect: 0s", "proxies.local.managed.timeouts.connect: \"0s\" is out of range; 1ms to 576h is allowed")]
    [InlineData("connect: 2s", "connect: 577h", "proxies.local.managed.timeouts.connect: \"577h\" is out of range; 1ms to 576h is allowed")]
    public void Other_durations(string old, string written, string problem) => Answer(old, written, problem);

    [Theory]
    [InlineData("127.0.0.1:4317", "\"127.0.0.1:4317\" is no address of a collector; write http://host:port or https://host:port")]
    [InlineData("grpc://collector:4317", "\"grpc://collector:4317\" is no address of a collector; write http://host:port or https://host:port")]
    [InlineData("http://a:b@collector:4317", "\"http://a:b@collector:4317\" has more than a host, a port and a path in it; what a collector asks for beside them goes into OTEL_EXPORTER_OTLP_HEADERS")]
    [InlineData("http://collector:4317/?key=x", "\"http://collector:4317/?key=x\" has more than a host, a port and a path in it; what a collector asks for beside them goes into OTEL_EXPORTER_OTLP_HEADERS")]
    public void Otlp(string written, string problem) => Answer("proxies:\n  far:", $"telemetry: {{ otlp: \"{written}\" }}\nproxies:\n  far:", "telemetry.otlp: " + problem);

    [Theory]
    [InlineData("0x10", "\"0x10\" is not a whole number; write decimal digits alone, such as 10000")]
    [InlineData("1_000", "\"1_000\" is not a whole number; write decimal digits alone, such as 10000")]
    [InlineData("010", "\"010\" is not a whole number; write decimal digits alone, such as 10000")]
    [InlineData("1e3", "\"1e3\" is not a whole number; write decimal digits alone, such as 10000")]
    [InlineData("+5", "\"+5\" is not a whole number; write decimal digits alone, such as 10000")]
    [InlineData("yes", "\"yes\" is not a whole number; write decimal digits alone, such as 10000")]
    [InlineData("0", "\"0\" is out of range; 1 to 1000000 is allowed")]
    [InlineData("1000001", "\"1000001\" is out of range; 1 to 1000000 is allowed")]
    [InlineData("99999999999999", "\"99999999999999\" is out of range; 1 to 1000000 is allowed")]
    public void Maxconn(string written, string problem) => Answer("maxconn: 10000", $"maxconn: {written}", "proxies.local.managed.maxconn: " + problem);

    [Theory]
    [InlineData("yes")]
    [InlineData("1")]
    [InlineData("True")]
    public void Companion(string written) => Answer("maxconn: 10000", $"companion: {written}", $"proxies.local.managed.companion: \"{written}\" is neither true nor false");

    [Theory]
    [InlineData("db1", "\"db1\" has no port (expected host:port)")]
    [InlineData("db1:0", "\"db1:0\" has no port between 1 and 65535")]
    [InlineData("db1:65536", "\"db1:65536\" has no port between 1 and 65535")]
    [InlineData("db 1:5432", "\"db 1:5432\" has a character that is not allowed in a host name")]
    [InlineData("::1:5432", "\"::1:5432\" needs brackets around an IPv6 address: [address]:port")]
    [InlineData("'[x]:5432'", "\"[x]:5432\" has no IPv6 address between its brackets")]
    [InlineData("':5432'", "\":5432\" has no host (expected host:port)")]
    [InlineData("0.0.0.0:5432", "\"0.0.0.0:5432\" is an address to listen at, not to connect to; name the host")]
    [InlineData("'[::]:5432'", "\"[::]:5432\" is an address to listen at, not to connect to; name the host")]
    [InlineData("'[::ffff:0.0.0.0]:5432'", "\"[::ffff:0.0.0.0]:5432\" is an address to listen at, not to connect to; name the host")]
    [InlineData("010.0.0.1:5432", "\"010.0.0.1:5432\" has an IPv4 address in an unusual form (it would mean 8.0.0.1); write four decimal numbers")]
    [InlineData("10.1:5432", "\"10.1:5432\" has an IPv4 address in an unusual form (it would mean 10.0.0.1); write four decimal numbers")]
    [InlineData("10.0.0.256:5432", "\"10.0.0.256:5432\" has no valid IPv4 address")]
    [InlineData("db..x:5432", "\"db..x:5432\" has no valid host name")]
    [InlineData("-db:5432", "\"-db:5432\" has no valid host name")]
    public void A_targets_address(string written, string problem) => Answer("address: db1:5432", $"address: {written}", "switches.orders.targets.db1.address: " + problem);

    [Theory]
    [InlineData("localhost:8370", "\"localhost:8370\" has no IP address of this machine to listen at; write 127.0.0.1:port for this machine alone, 0.0.0.0:port for everybody")]
    [InlineData("'[fe80::1%lo]:8370'", "\"[fe80::1%lo]:8370\" has no IP address of this machine to listen at; write 127.0.0.1:port for this machine alone, 0.0.0.0:port for everybody")]
    [InlineData("127.1:8370", "\"127.1:8370\" has no IP address of this machine to listen at; write 127.0.0.1:port for this machine alone, 0.0.0.0:port for everybody")]
    [InlineData("http://127.0.0.1:8370", "\"http://127.0.0.1:8370\" is not an address to listen at; write IP:port alone")]
    [InlineData("tcp:127.0.0.1:8370", "\"tcp:127.0.0.1:8370\" is not an address to listen at; write IP:port alone")]
    [InlineData("unix:/run/x", "\"unix:/run/x\" is not an address to listen at; write IP:port alone")]
    [InlineData("8370", "\"8370\" has no port (expected host:port)")]
    public void A_listening_address(string written, string problem)
    {
        Answer("http: 127.0.0.1:8370", $"http: {written}", "listen.http: " + problem);
        Answer("orders: 0.0.0.0:8320", $"orders: {written}", "proxies.local.managed.frontends.orders: " + problem);
        Answer("statistics: 127.0.0.1:8360", $"statistics: {written}", "proxies.local.managed.statistics: " + problem);
        Answer("api: 127.0.0.1:9999", $"api: {written}", "proxies.local.managed.api: " + problem);
    }

    [Theory]
    [InlineData("db-proxy:9999", "\"db-proxy:9999\" is neither unix:/path nor tcp:host:port; did you mean \"tcp:db-proxy:9999\"?")]
    [InlineData("/run/x.sock", "\"/run/x.sock\" is neither unix:/path nor tcp:host:port; did you mean \"unix:/run/x.sock\"?")]
    [InlineData("x", "\"x\" is neither unix:/path nor tcp:host:port")]
    [InlineData("unix:x.sock", "\"unix:x.sock\" needs an absolute path: unix:/path")]
    [InlineData("tcp:x", "\"tcp:x\" has no port (expected host:port)")]
    [InlineData("tcp:0.0.0.0:9999", "\"tcp:0.0.0.0:9999\" is an address to listen at, not to connect to; name the host")]
    public void A_runtime_api(string written, string problem)
    {
        Answer("api: tcp:db-proxy:9999", $"api: {written}", "proxies.far.api: " + problem);
        Answer("master: unix:/run/haproxy/master.sock", $"master: {written}", "proxies.far.master: " + problem);
    }

    [Theory]
    [InlineData("state: /var/lib/dbswitch/state.db", "state: /var/lib/dbswitch/", "state: \"/var/lib/dbswitch/\" ends with \"/\"; a file is needed, not a directory")]
    [InlineData("extra: /etc/dbswitch/extra.cfg", "extra: ~/extra.cfg", "proxies.local.managed.extra: \"~/extra.cfg\" begins with ~, which only a shell understands; write ${HOME}")]
    [InlineData("haproxy: haproxy", "haproxy: bin/", "proxies.local.managed.haproxy: \"bin/\" ends with \"/\"; a file is needed, not a directory")]
    [InlineData("unix: /run/dbswitch/dbswitch.sock", "unix: unix:/run/x.sock", "listen.unix: \"unix:/run/x.sock\" begins with \"unix:\"; write the path alone")]
    [InlineData("state: /var/lib/dbswitch/state.db", "state: \"a\\nb\"", "state: \"a\\u000Ab\" has a line break or another control character in it")]
    public void A_path(string old, string written, string problem) => Answer(old, written, problem);

    [Theory]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("größe")]
    public void A_backend_that_HAProxy_would_refuse(string written) =>
        Answer("backend: db_servers", $"backend: {written}", $"switches.orders.backend: \"{written}\" is not a backend's name in HAProxy; it has letters, digits, \"_\", \":\", \".\" and \"-\" alone");

    [Fact]
    public void A_value_of_thousands_of_characters() =>
        Answer("backend: db_servers", $"backend: {new string('b', 4097)}", "switches.orders.backend: the value is longer than 4096 characters");

    /// <summary>The answer is one problem, at the line of the changed value.</summary>
    private static void Answer(string old, string written, string problem)
    {
        var line = Sample.Valid[..Sample.Valid.IndexOf(old, StringComparison.Ordinal)].Count(c => c == '\n') + 1;

        var answer = Sample.Problems(Sample.With(old, written)).ShouldHaveSingleItem();

        answer.ShouldMatch($"^{line}:[0-9]+: ");
        answer[(answer.IndexOf(": ", StringComparison.Ordinal) + 2)..].ShouldBe(problem);
    }
}
