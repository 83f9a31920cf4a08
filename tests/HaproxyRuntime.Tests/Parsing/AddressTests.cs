using FsCheck;
using FsCheck.Fluent;

namespace HaproxyRuntime.Tests.Parsing;

/// <summary>Endpoints, hosts with ports, and versions, as people and HAProxy write them.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("db1:5432", "db1", 5432)]
    [InlineData("db-1.example_x:1", "db-1.example_x", 1)]
    [InlineData("10.0.0.1:65535", "10.0.0.1", 65535)]
    [InlineData("[::1]:5432", "::1", 5432)]
    [InlineData("[2001:db8::1]:5432", "2001:db8::1", 5432)]
    [InlineData("[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1)]
    public void A_host_and_a_port(string text, string host, int port)
    {
        HostPort.TryParse(text, out var value, out var problem).ShouldBeTrue();
        value.ShouldBe(new HostPort(host, port));
        value.ToString().ShouldBe(text);
        problem.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "has no port (expected host:port)")]
    [InlineData("db1", "has no port (expected host:port)")]
    [InlineData("[::1]", "has no port (expected host:port)")]
    [InlineData(":5432", "has no host (expected host:port)")]
    [InlineData("::1:5432", "needs brackets around an IPv6 address: [address]:port")]
    [InlineData("[db1]:5432", "has no IPv6 address between its brackets")]
    [InlineData("[]:5432", "has no IPv6 address between its brackets")]
    [InlineData("[10.0.0.1]:5432", "has no IPv6 address between its brackets")]
    [InlineData("[[::1]]:5432", "has a character that is not allowed in a host name")]
    [InlineData("db 1:5432", "has a character that is not allowed in a host name")]
    [InlineData("db%1:5432", "has a character that is not allowed in a host name")]
    [InlineData("dbé:5432", "has a character that is not allowed in a host name")]
    [InlineData("db\0:5432", "has a character that is not allowed in a host name")]
    [InlineData("db1:0", "has no port between 1 and 65535")]
    [InlineData("db1:65536", "has no port between 1 and 65535")]
    [InlineData("db1:+1", "has no port between 1 and 65535")]
    [InlineData("db1: 1", "has no port between 1 and 65535")]
    [InlineData("db1:x", "has no port between 1 and 65535")]
    [InlineData("db1:99999999999999999999", "has no port between 1 and 65535")]
    public void Anything_else_has_a_reason_why_not(string text, string reason)
    {
        HostPort.TryParse(text, out var value, out var problem).ShouldBeFalse();
        (value, problem).ShouldBe((null, reason));
    }

    [Fact]
    public void A_host_has_253_characters_at_most()
    {
        HostPort.TryParse(new string('a', 253) + ":1", out _, out _).ShouldBeTrue();
        HostPort.TryParse(new string('a', 254) + ":1", out _, out var problem).ShouldBeFalse();
        problem.ShouldBe("has a host name of more than 253 characters");
    }

    [Theory]
    [InlineData("unix:/run/haproxy/admin.sock")]
    [InlineData("tcp:haproxy:9999")]
    [InlineData("tcp:[::1]:9999")]
    public void An_endpoint_is_written_as_it_was_read(string text) => RuntimeEndpoint.Parse(text).ToString().ShouldBe(text);

    [Theory]
    [InlineData("", "is neither unix:/path nor tcp:host:port")]
    [InlineData("/run/haproxy.sock", "is neither unix:/path nor tcp:host:port")]
    [InlineData("http://haproxy:9999", "is neither unix:/path nor tcp:host:port")]
    [InlineData("unix:", "needs an absolute path: unix:/path")]
    [InlineData("unix:run/haproxy.sock", "needs an absolute path: unix:/path")]
    [InlineData("unix:/run/a\0b", "has a control character in its path")]
    [InlineData("tcp:haproxy", "has no port (expected host:port)")]
    public void What_is_no_endpoint_has_a_reason_why_not(string text, string reason) =>
        Should.Throw<FormatException>(() => RuntimeEndpoint.Parse(text)).Message.ShouldBe($"\"{text}\" {reason}.");

    [Fact]
    public void A_path_has_107_bytes_at_most()
    {
        RuntimeEndpoint.TryParse("unix:/" + new string('a', 106), out _, out _).ShouldBeTrue();
        RuntimeEndpoint.TryParse("unix:/" + new string('a', 107), out _, out var problem).ShouldBeFalse();
        problem.ShouldBe("is longer than a Unix socket's path can be (107 bytes)");
        RuntimeEndpoint.TryParse("unix:/" + new string('é', 54), out _, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("2.6.12-1+deb12u4", 2, 6, 12)]
    [InlineData("3.2.26-1", 3, 2, 26)]
    [InlineData("3.5-dev5", 3, 5, 0)]
    [InlineData("3.5", 3, 5, 0)]
    [InlineData("2.6.12.1", 2, 6, 12)]
    public void A_version(string text, int major, int minor, int patch)
    {
        HaproxyVersion.TryParse(text, out var version).ShouldBeTrue();
        version.ShouldBe(new HaproxyVersion(major, minor, patch));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("3.")]
    [InlineData(".3.2")]
    [InlineData("3..2")]
    [InlineData("3.2.-1")]
    [InlineData("HAProxy version 3.2.26")]
    [InlineData("v3.2")]
    [InlineData("99999999999.1")]
    public void What_is_no_version_is_not_read_as_one(string? text) => HaproxyVersion.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("2.6.20", true)]
    [InlineData("2.6.19", false)]
    [InlineData("2.8.0", true)]
    [InlineData("3.0.0", true)]
    [InlineData("2.5.99", false)]
    public void Versions_are_compared_by_number(string text, bool expected)
    {
        HaproxyVersion.TryParse(text, out var version).ShouldBeTrue();
        version.IsAtLeast(2, 6, 20).ShouldBe(expected);
    }

    [Fact]
    public void Whatever_is_written_there_is_a_value_that_is_written_the_same_way_or_a_reason() => Prop
        .ForAll(Arb.From(Gen.Elements("unix:/tcp:[]:19.ab%-_ \0é".ToCharArray()).ArrayOf().Select(letters => new string(letters))), text =>
        {
            foreach (var candidate in (string[])[text, "tcp:" + text, "unix:/" + text, $"tcp:[{text}]:1", $"tcp:{text}:1"])
            {
                if (RuntimeEndpoint.TryParse(candidate, out var endpoint, out var problem))
                {
                    RuntimeEndpoint.Parse(endpoint.ToString()).ShouldBe(endpoint);
                }
                else
                {
                    problem.ShouldNotBeEmpty();
                }
            }

            if (HaproxyVersion.TryParse(text, out var version))
            {
                (HaproxyVersion.TryParse(version.ToString(), out var again) && again == version).ShouldBeTrue();
            }
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000).WithEndSize(20).WithQuietOnSuccess(true));
}
