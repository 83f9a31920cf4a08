using System.Net;

namespace HaproxyRuntime.Tests.Commands;

/// <summary>A server's settings become words, or an <see cref="ArgumentException"/>.</summary>
public sealed class ServerSettingsTests
{
    private const string Start = "add server b/s 127.0.0.1:5432";

    [Fact]
    public void Without_settings_there_are_no_words()
    {
        Line(null).ShouldBe(Start);
        Line(new ServerSettings()).ShouldBe(Start);
    }

    [Fact]
    public void All_of_them_are_written_as_HAProxy_reads_them() => Line(new ServerSettings
    {
        Id = 7,
        Weight = 256,
        Backup = true,
        MaximumConnections = 10,
        MaximumQueue = 20,
        SlowStart = TimeSpan.FromSeconds(3),
        Source = IPAddress.Parse("10.0.0.1"),
        SendProxy = ProxyProtocol.Version2,
        Protocol = "h2",
        FastOpen = true,
        Check = new ServerCheck
        {
            Interval = TimeSpan.FromMilliseconds(200),
            FastInterval = TimeSpan.FromMilliseconds(100),
            DownInterval = TimeSpan.FromSeconds(1),
            Fall = 2,
            Rise = 1,
            Address = IPAddress.Parse("::1"),
            Port = 8008,
            Tls = true,
        },
        Agent = new ServerAgent(9000) { Address = IPAddress.Loopback, Interval = TimeSpan.FromSeconds(1) },
        InitialState = InitialState.FullyDown,
        EndSessionsWhenDown = true,
        EndBackupSessionsWhenUp = true,
        Tls = new ServerTls { Verify = true, AuthoritiesFile = "/etc/ca file.pem", CertificateFile = "/etc/c.pem", ServerName = "str(db.example)", CertificateName = "db.example", Alpn = "h2,http/1.1" },
    }).ShouldBe(Start + @" id 7 weight 256 backup maxconn 10 maxqueue 20 slowstart 3000ms source 10.0.0.1 send-proxy-v2 proto h2 tfo"
        + " check inter 200ms fastinter 100ms downinter 1000ms fall 2 rise 1 addr ::1 port 8008 check-ssl agent-check agent-port 9000 agent-addr 127.0.0.1 agent-inter 1000ms"
        + @" init-state fully-down on-marked-down shutdown-sessions on-marked-up shutdown-backup-sessions ssl verify required ca-file /etc/ca\ file.pem crt /etc/c.pem sni str(db.example) verifyhost db.example alpn h2,http/1.1");

    [Fact]
    public void A_certificate_that_nobody_checks_is_said_so() => Line(new ServerSettings { Tls = new ServerTls { Verify = false } }).ShouldBe(Start + " ssl verify none");

    public static TheoryData<ServerSettings> Impossible =>
    [
        new ServerSettings { Id = 0 },
        new ServerSettings { Weight = 257 },
        new ServerSettings { Weight = -1 },
        new ServerSettings { MaximumConnections = -1 },
        new ServerSettings { SlowStart = TimeSpan.Zero },
        new ServerSettings { SlowStart = TimeSpan.FromDays(25) },
        new ServerSettings { Protocol = "h2\nshow info" },
        new ServerSettings { Protocol = "" },
        new ServerSettings { Source = IPAddress.Parse("fe80::1%2") },
        new ServerSettings { SendProxy = (ProxyProtocol)7 },
        new ServerSettings { InitialState = (InitialState)7 },
        new ServerSettings { Check = new ServerCheck { Port = 0 } },
        new ServerSettings { Check = new ServerCheck { Interval = TimeSpan.FromMicroseconds(1) } },
        new ServerSettings { Check = new ServerCheck { Fall = 0 } },
        new ServerSettings { Agent = new ServerAgent(65536) },
        new ServerSettings { Tls = new ServerTls { Verify = true } },
        new ServerSettings { Tls = new ServerTls { Verify = false, ServerName = "<<" } },
    ];

    [Theory, MemberData(nameof(Impossible))]
    public void What_can_not_be_is_refused(ServerSettings settings) => Should.Throw<ArgumentException>(() => Line(settings));

    private static string Line(ServerSettings? settings) => RuntimeCommand.AddServer("b", "s", IPEndPoint.Parse("127.0.0.1:5432"), settings).Text;
}
