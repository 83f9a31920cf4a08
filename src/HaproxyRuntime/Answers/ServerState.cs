using System.Net;

namespace HaproxyRuntime;

/// <summary>Why a server takes no traffic by its administrator's will: the bits of <c>srv_admin_state</c> (management guide section 9.3, <c>show servers state</c>).</summary>
[Flags]
public enum ServerAdminState
{
    /// <summary>None of the others.</summary>
    None = 0,

    /// <summary>Maintenance by command.</summary>
    ForcedMaintenance = 0x01,

    /// <summary>Maintenance inherited from a tracked server.</summary>
    InheritedMaintenance = 0x02,

    /// <summary>
    /// The configuration file said <c>disabled</c>. A note about the past, not maintenance: it stays after <c>state ready</c>, while the server takes traffic
    /// (SRV_ADMF_MAINT in include/haproxy/server-t.h is 0x23, without it).
    /// </summary>
    ConfiguredMaintenance = 0x04,

    /// <summary>Drain by command.</summary>
    ForcedDrain = 0x08,

    /// <summary>Drain inherited from a tracked server.</summary>
    InheritedDrain = 0x10,

    /// <summary>Maintenance because its name does not resolve.</summary>
    ResolutionMaintenance = 0x20,

    /// <summary>Its name was set by command.</summary>
    NameSetByCommand = 0x40,

    /// <summary>Any of those that keep every new connection away.</summary>
    AnyMaintenance = ForcedMaintenance | InheritedMaintenance | ResolutionMaintenance,

    /// <summary>Any of those that keep new connections away but for persistent clients.</summary>
    AnyDrain = ForcedDrain | InheritedDrain,
}

/// <summary>What a server is doing: <c>srv_op_state</c>.</summary>
public enum ServerOperationalState
{
    /// <summary>Down, or in maintenance.</summary>
    Stopped = 0,

    /// <summary>Up, in slow start.</summary>
    Starting = 1,

    /// <summary>Up.</summary>
    Running = 2,

    /// <summary>Up, but soft-stopping.</summary>
    Stopping = 3,
}

/// <summary>One server of a backend, a line of <c>show servers state</c>.</summary>
/// <param name="Backend">Its backend's name.</param>
/// <param name="Id">Its number within the backend; the numbers of deleted servers are given to new ones.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address; null while it has none (a host name that HAProxy did not resolve).</param>
/// <param name="Port">Its port.</param>
/// <param name="OperationalState">What it is doing.</param>
/// <param name="AdminState">What its administrator wants.</param>
/// <param name="SinceLastChange">How long its operational state has been so, in whole seconds.</param>
public sealed record ServerState(
    string Backend,
    int Id,
    string Name,
    IPAddress? Address,
    int Port,
    ServerOperationalState OperationalState,
    ServerAdminState AdminState,
    TimeSpan SinceLastChange)
{
    /// <summary>Whether maintenance keeps every new connection away from it.</summary>
    public bool InMaintenance => (AdminState & ServerAdminState.AnyMaintenance) != 0;

    /// <summary>Its weight now, 0 to 256: what <c>set server … weight</c> last said, or the configuration file.</summary>
    public int Weight { get; init; }

    /// <summary>Its weight in the configuration file or in <c>add server</c> (<c>srv_iweight</c>).</summary>
    public int ConfiguredWeight { get; init; }

    /// <summary>Whether its health check runs (<c>srv_check_state</c>): then that decides whether it is up.</summary>
    public bool HasHealthCheck { get; init; }

    /// <summary>Whether it was given an agent check, on or off (<c>srv_agent_state</c>). An agent that says <c>ready</c> takes its server out of maintenance (2.6, 3.0 and 3.2).</summary>
    public bool HasAgent { get; init; }

    /// <summary>Whether its agent is asked: <c>disable agent</c> ends that.</summary>
    public bool AgentIsEnabled { get; init; }

    /// <summary>Whether its agent is asked, or an answer of it is still awaited after <c>disable agent</c>: what it says would be done.</summary>
    public bool AgentMayAct { get; init; }

    /// <summary>Its host name (<c>srv_fqdn</c>), or null when it was given an address.</summary>
    public string? HostName { get; init; }

    /// <summary>Reads <c>show servers state</c>'s answer: a format number (1), a header, a line for each server. Columns are known by their header.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<ServerState> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (!answer.StartsWith("1\n", StringComparison.Ordinal))
        {
            throw new FormatException("show servers state does not begin with its format number, 1");
        }

        var table = new AnswerTable(answer.AsSpan(2));
        var (backend, id, name, address) = (table.Column("be_name"), table.Column("srv_id"), table.Column("srv_name"), table.Column("srv_addr"));
        var (port, doing, wanted, age) = (table.Column("srv_port"), table.Column("srv_op_state"), table.Column("srv_admin_state"), table.Column("srv_time_since_last_change"));
        var (weight, hostName) = (table.ColumnOrNone("srv_uweight"), table.ColumnOrNone("srv_fqdn"));
        var (configuredWeight, check, agent) = (table.ColumnOrNone("srv_iweight"), table.ColumnOrNone("srv_check_state"), table.ColumnOrNone("srv_agent_state"));
        var names = new NameCache();
        var servers = new List<ServerState>();
        while (table.Next())
        {
            var (checkState, agentState) = ((CheckState)(check < 0 ? 0 : AnswerField.Number(table[check])), (CheckState)(agent < 0 ? 0 : AnswerField.Number(table[agent])));
            servers.Add(new ServerState(
                names.Of(NotEmpty(table[backend])),
                AnswerField.Number(table[id]),
                NotEmpty(table[name]).ToString(),
                AnswerField.AddressOrNone(table[address]),
                AnswerField.Number(table[port]),
                OperationalStateOf(AnswerField.Number(table[doing])),
                (ServerAdminState)AnswerField.Number(table[wanted]),
                AnswerField.Seconds(table[age]))
            {
                Weight = weight < 0 ? 0 : AnswerField.Number(table[weight]),
                ConfiguredWeight = configuredWeight < 0 ? 0 : AnswerField.Number(table[configuredWeight]),
                HasHealthCheck = checkState.HasFlag(CheckState.Configured | CheckState.Enabled),
                HasAgent = agentState.HasFlag(CheckState.Configured),
                AgentIsEnabled = agentState.HasFlag(CheckState.Configured | CheckState.Enabled),
                AgentMayAct = agentState.HasFlag(CheckState.Configured) && (agentState & (CheckState.Enabled | CheckState.InProgress)) != 0,
                HostName = hostName < 0 || table[hostName] is "-" ? null : table[hostName].ToString(),
            });
        }

        return servers;
    }

    private static ReadOnlySpan<char> NotEmpty(ReadOnlySpan<char> text) => text.Length > 0 ? text : throw new FormatException("a server of show servers state has no name");

    private static ServerOperationalState OperationalStateOf(int number) =>
        number is >= (int)ServerOperationalState.Stopped and <= (int)ServerOperationalState.Stopping ? (ServerOperationalState)number : throw new FormatException($"{number} is no operational state");

    /// <summary>CHK_ST_ of include/haproxy/check-t.h.</summary>
    [Flags]
    private enum CheckState
    {
        InProgress = 0x01,
        Configured = 0x02,
        Enabled = 0x04,
    }
}
