namespace HaproxyRuntime;

/// <content>The columns that have a property of their own.</content>
public sealed partial class ProxyStatistics
{
    /// <summary>Sessions now (<c>scur</c>).</summary>
    public long? CurrentSessions { get; private init; }

    /// <summary>The most sessions at once since the counters were cleared (<c>smax</c>).</summary>
    public long? MostSessions { get; private init; }

    /// <summary>The most sessions allowed (<c>maxconn</c>); null for a server without (<c>slim</c>).</summary>
    public long? SessionLimit { get; private init; }

    /// <summary>Sessions since the counters were cleared (<c>stot</c>).</summary>
    public long? TotalSessions { get; private init; }

    /// <summary>Requests that wait for this server, or in this backend for any (<c>qcur</c>).</summary>
    public long? CurrentQueue { get; private init; }

    /// <summary>The most of them at once (<c>qmax</c>).</summary>
    public long? MostQueue { get; private init; }

    /// <summary>The most that may wait for this server (<c>maxqueue</c>); null for no limit (<c>qlimit</c>).</summary>
    public long? QueueLimit { get; private init; }

    /// <summary>Bytes from clients (<c>bin</c>).</summary>
    public long? BytesIn { get; private init; }

    /// <summary>Bytes to clients (<c>bout</c>).</summary>
    public long? BytesOut { get; private init; }

    /// <summary>Requests or connections that a rule denied (<c>dreq</c>).</summary>
    public long? DeniedRequests { get; private init; }

    /// <summary>Responses that a rule denied (<c>dresp</c>).</summary>
    public long? DeniedResponses { get; private init; }

    /// <summary>Requests that could not be read: malformed, given up by the client, timed out (<c>ereq</c>).</summary>
    public long? RequestErrors { get; private init; }

    /// <summary>Connections to a server that failed (<c>econ</c>).</summary>
    public long? ConnectionErrors { get; private init; }

    /// <summary>Responses that could not be read, and transfers that a server broke off (<c>eresp</c>).</summary>
    public long? ResponseErrors { get; private init; }

    /// <summary>Connections that were tried again (<c>wretr</c>).</summary>
    public long? Retries { get; private init; }

    /// <summary>Connections that were tried again on another server (<c>wredis</c>).</summary>
    public long? Redispatches { get; private init; }

    /// <summary>A server's weight now; a backend's sum of those that are up (<c>weight</c>).</summary>
    public long? Weight { get; private init; }

    /// <summary>Backend: active servers that are up. Server: 1 for an active one (<c>act</c>).</summary>
    public long? ActiveServers { get; private init; }

    /// <summary>Backend: backup servers that are up. Server: 1 for a backup (<c>bck</c>).</summary>
    public long? BackupServers { get; private init; }

    /// <summary>Checks that failed while the server was up (<c>chkfail</c>).</summary>
    public long? FailedChecks { get; private init; }

    /// <summary>How often it went from up to down (<c>chkdown</c>).</summary>
    public long? TransitionsDown { get; private init; }

    /// <summary>How long it has been up or down, in whole seconds (<c>lastchg</c>).</summary>
    public TimeSpan? SinceLastChange { get; private init; }

    /// <summary>How long it has been down in total, in whole seconds (<c>downtime</c>).</summary>
    public TimeSpan? Downtime { get; private init; }

    /// <summary>How long ago its last session was given to it, in whole seconds; null when there was none (<c>lastsess</c>).</summary>
    public TimeSpan? SinceLastSession { get; private init; }

    /// <summary>Sessions in the last second (<c>rate</c>).</summary>
    public long? Rate { get; private init; }

    /// <summary>How the last check ended: <c>L4OK</c>, <c>L4CON</c>, <c>L7STS</c>, with <c>* </c> before it while one is running (<c>check_status</c>).</summary>
    public string? CheckStatus { get; private init; }

    /// <summary>The code of the last check at layers 5 to 7 (<c>check_code</c>).</summary>
    public long? CheckCode { get; private init; }

    /// <summary>How long the last check took, in whole milliseconds (<c>check_duration</c>).</summary>
    public TimeSpan? CheckDuration { get; private init; }

    /// <summary>What the last check found, in words; may hold anything that the server said (<c>last_chk</c>).</summary>
    public string? LastCheck { get; private init; }

    /// <summary>A server's address and port: <c>127.0.0.1:5432</c>, <c>[::1]:5432</c>, <c>unix</c>; only for the level <c>operator</c> and above (<c>addr</c>).</summary>
    public string? Address { get; private init; }

    /// <summary><c>tcp</c>, <c>http</c> and others (<c>mode</c>).</summary>
    public string? Mode { get; private init; }

    /// <summary>The proxy's number (<c>iid</c>).</summary>
    public long? ProxyId { get; private init; }

    /// <summary>The server's number within its backend; 0 for frontends and backends (<c>sid</c>).</summary>
    public long? ServerId { get; private init; }

    private static ProxyStatistics Read(in CsvTable table, in Places at, NameCache names) => new(table.Columns, table.Line.ToString())
    {
        Kind = KindOf(table[at.Type]),
        Proxy = names.Of(NameOf(table[at.Pxname])),
        Name = NameOf(table[at.Svname]),
        Status = Word(table[at.Status], names),
        CurrentSessions = Number(table[at.Scur]),
        MostSessions = Number(table[at.Smax]),
        SessionLimit = Number(table[at.Slim]),
        TotalSessions = Number(table[at.Stot]),
        CurrentQueue = Number(table[at.Qcur]),
        MostQueue = Number(table[at.Qmax]),
        QueueLimit = Number(table[at.Qlimit]),
        BytesIn = Number(table[at.Bin]),
        BytesOut = Number(table[at.Bout]),
        DeniedRequests = Number(table[at.Dreq]),
        DeniedResponses = Number(table[at.Dresp]),
        RequestErrors = Number(table[at.Ereq]),
        ConnectionErrors = Number(table[at.Econ]),
        ResponseErrors = Number(table[at.Eresp]),
        Retries = Number(table[at.Wretr]),
        Redispatches = Number(table[at.Wredis]),
        Weight = Number(table[at.Weight]),
        ActiveServers = Number(table[at.Act]),
        BackupServers = Number(table[at.Bck]),
        FailedChecks = Number(table[at.Chkfail]),
        TransitionsDown = Number(table[at.Chkdown]),
        SinceLastChange = Seconds(table[at.Lastchg]),
        Downtime = Seconds(table[at.Downtime]),
        SinceLastSession = Seconds(table[at.Lastsess]),
        Rate = Number(table[at.Rate]),
        CheckStatus = Word(table[at.CheckStatus], names),
        CheckCode = Number(table[at.CheckCode]),
        CheckDuration = Milliseconds(table[at.CheckDuration]),
        LastCheck = Words(table[at.LastChk]),
        Address = Words(table[at.Addr]),
        Mode = Word(table[at.Mode], names),
        ProxyId = Number(table[at.Iid]),
        ServerId = Number(table[at.Sid]),
    };

    private static string? Word(ReadOnlySpan<char> text, NameCache names) => text.IsEmpty ? null : names.Of(text);

    private static string? Words(ReadOnlySpan<char> text) => text.IsEmpty ? null : text.ToString();

    /// <summary>Where this answer has each column; -1 where its version has none.</summary>
    private readonly struct Places(in CsvTable table)
    {
        public readonly int Type = table.Column("type");
        public readonly int Pxname = table.Column("pxname");
        public readonly int Svname = table.Column("svname");
        public readonly int Status = table.Column("status");
        public readonly int Scur = table.Columns.GetValueOrDefault("scur", -1);
        public readonly int Smax = table.Columns.GetValueOrDefault("smax", -1);
        public readonly int Slim = table.Columns.GetValueOrDefault("slim", -1);
        public readonly int Stot = table.Columns.GetValueOrDefault("stot", -1);
        public readonly int Qcur = table.Columns.GetValueOrDefault("qcur", -1);
        public readonly int Qmax = table.Columns.GetValueOrDefault("qmax", -1);
        public readonly int Qlimit = table.Columns.GetValueOrDefault("qlimit", -1);
        public readonly int Bin = table.Columns.GetValueOrDefault("bin", -1);
        public readonly int Bout = table.Columns.GetValueOrDefault("bout", -1);
        public readonly int Dreq = table.Columns.GetValueOrDefault("dreq", -1);
        public readonly int Dresp = table.Columns.GetValueOrDefault("dresp", -1);
        public readonly int Ereq = table.Columns.GetValueOrDefault("ereq", -1);
        public readonly int Econ = table.Columns.GetValueOrDefault("econ", -1);
        public readonly int Eresp = table.Columns.GetValueOrDefault("eresp", -1);
        public readonly int Wretr = table.Columns.GetValueOrDefault("wretr", -1);
        public readonly int Wredis = table.Columns.GetValueOrDefault("wredis", -1);
        public readonly int Weight = table.Columns.GetValueOrDefault("weight", -1);
        public readonly int Act = table.Columns.GetValueOrDefault("act", -1);
        public readonly int Bck = table.Columns.GetValueOrDefault("bck", -1);
        public readonly int Chkfail = table.Columns.GetValueOrDefault("chkfail", -1);
        public readonly int Chkdown = table.Columns.GetValueOrDefault("chkdown", -1);
        public readonly int Lastchg = table.Columns.GetValueOrDefault("lastchg", -1);
        public readonly int Downtime = table.Columns.GetValueOrDefault("downtime", -1);
        public readonly int Lastsess = table.Columns.GetValueOrDefault("lastsess", -1);
        public readonly int Rate = table.Columns.GetValueOrDefault("rate", -1);
        public readonly int CheckStatus = table.Columns.GetValueOrDefault("check_status", -1);
        public readonly int CheckCode = table.Columns.GetValueOrDefault("check_code", -1);
        public readonly int CheckDuration = table.Columns.GetValueOrDefault("check_duration", -1);
        public readonly int LastChk = table.Columns.GetValueOrDefault("last_chk", -1);
        public readonly int Addr = table.Columns.GetValueOrDefault("addr", -1);
        public readonly int Mode = table.Columns.GetValueOrDefault("mode", -1);
        public readonly int Iid = table.Columns.GetValueOrDefault("iid", -1);
        public readonly int Sid = table.Columns.GetValueOrDefault("sid", -1);
    }
}
