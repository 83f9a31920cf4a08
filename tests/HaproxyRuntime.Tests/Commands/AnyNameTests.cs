using System.Net;
using FsCheck;
using FsCheck.Fluent;

namespace HaproxyRuntime.Tests.Commands;

/// <summary>Whatever is given as a backend's or a server's name: it is refused, or the line has exactly the shape that it must have.</summary>
public sealed class AnyNameTests
{
    private const string Allowed = "abcXYZ019-_.:";
    private const string Dangerous = "\0\n\r\t;\\ \"'<>#/@%\u001b\u007f\u0085\u00a0\u2028é漢";

    private static readonly IPEndPoint s_address = IPEndPoint.Parse("127.0.0.1:5432");

    private static readonly (string Before, string After, Func<string, string, RuntimeCommand> Make)[] s_commands =
    [
        ("add server ", " 127.0.0.1:5432", (backend, server) => RuntimeCommand.AddServer(backend, server, s_address)),
        ("del server ", "", RuntimeCommand.DeleteServer),
        ("set server ", " state ready", (backend, server) => RuntimeCommand.SetServerState(backend, server, ServerStateRequest.Ready)),
        ("set server ", " addr 127.0.0.1 port 5432", (backend, server) => RuntimeCommand.SetServerAddress(backend, server, s_address)),
        ("shutdown sessions server ", "", RuntimeCommand.ShutdownServerSessions),
        ("enable health ", "", RuntimeCommand.EnableHealth),
        ("set maxconn server ", " 5", (backend, server) => RuntimeCommand.SetServerMaxconn(backend, server, 5)),
        ("set server ", " fqdn db.example", (backend, server) => RuntimeCommand.SetServerHost(backend, server, "db.example")),
        ("wait 10ms srv-removable ", "", (backend, server) => RuntimeCommand.WaitUntilRemovable(backend, server, TimeSpan.FromMilliseconds(10))),
    ];

    private static Gen<string> Names => Gen.Frequency(
        (4, Gen.Elements(Allowed.ToCharArray()).ArrayOf().Select(string.Concat)),
        (4, Gen.Elements((Allowed + Allowed + Allowed + Dangerous).ToCharArray()).ArrayOf().Select(string.Concat)),
        (2, Gen.Choose(0, char.MaxValue).Select(c => (char)c).ArrayOf().Select(string.Concat)),
        (1, Gen.Choose(250, 300).Select(length => new string('a', length))));

    [Fact]
    public void Refused_or_harmless() => Prop
        .ForAll(Arb.From(from backend in Names from server in Names select (backend, server)), pair => IsRefusedOrHarmless(pair.backend, pair.server))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(4_000).WithEndSize(40).WithQuietOnSuccess(true));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("a\\")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("\0del server db_servers/other")]
    [InlineData("a/b")]
    [InlineData("#1")]
    [InlineData("dbé")]
    [InlineData("db１")]
    public void A_name_that_HAProxy_would_not_take_is_refused(string name)
    {
        Should.Throw<ArgumentException>(() => RuntimeCommand.DeleteServer("db_servers", name));
        Should.Throw<ArgumentException>(() => RuntimeCommand.DeleteServer(name, "db1"));
        Should.Throw<ArgumentException>(() => RuntimeCommand.ShowServersState(name));
    }

    [Fact]
    public void A_name_may_have_255_characters_and_not_300()
    {
        RuntimeCommand.DeleteServer("b", new string('a', 255)).Text.Length.ShouldBe("del server b/".Length + 255);
        Should.Throw<ArgumentException>(() => RuntimeCommand.DeleteServer("b", new string('a', 300))).Message.ShouldStartWith("A name of 300 characters is longer than 255.");
    }

    [Fact]
    public void A_refused_names_control_characters_are_not_repeated() =>
        Should.Throw<ArgumentException>(() => RuntimeCommand.DeleteServer("b", "a\u001b[31m\0")).Message.ShouldStartWith("The name \"a?[31m?\" holds a character");

    private static bool IsRefusedOrHarmless(string backend, string server)
    {
        foreach (var (before, after, make) in s_commands)
        {
            try
            {
                var line = make(backend, server).Text;
                line.ShouldBe($"{before}{backend}/{server}{after}");
                $"{backend}{server}".ShouldAllBe(c => Allowed.Contains(c) || char.IsAsciiLetterOrDigit(c));
                (backend.Length, server.Length).ShouldBe((Math.Clamp(backend.Length, 1, 255), Math.Clamp(server.Length, 1, 255)));
            }
            catch (ArgumentException)
            {
                // Refused, before there was anything to send.
            }
        }

        return true;
    }
}
