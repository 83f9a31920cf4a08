using System.Globalization;
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

    /// <summary>Reads <c>show servers state</c>'s answer: a format number (1), a header, a line for each server. Columns are known by their header.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<ServerState> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (!answer.StartsWith("1\n", StringComparison.Ordinal))
        {
            throw new FormatException("show servers state does not begin with its format number, 1");
        }

        var table = new AnswerTable(answer[2..], "be_name", "srv_id", "srv_name", "srv_addr", "srv_port", "srv_op_state", "srv_admin_state", "srv_time_since_last_change");
        var servers = new ServerState[table.Count];
        for (var i = 0; i < servers.Length; i++)
        {
            var row = table.Row(i);
            servers[i] = new ServerState(
                NameOf(row["be_name"]),
                Number(row["srv_id"]),
                NameOf(row["srv_name"]),
                AddressOf(row["srv_addr"]),
                Number(row["srv_port"]),
                OperationalStateOf(Number(row["srv_op_state"])),
                (ServerAdminState)Number(row["srv_admin_state"]),
                Age(row["srv_time_since_last_change"]));
        }

        return servers;
    }

    private static string NameOf(string text) => text.Length > 0 ? text : throw new FormatException("a server of show servers state has no name");

    private static IPAddress? AddressOf(string text) =>
        text == "-" ? null : IPAddress.TryParse(text, out var address) ? address : throw new FormatException($"\"{CommandResult.Excerpt(text)}\" is no address");

    private static ServerOperationalState OperationalStateOf(int number) =>
        Enum.IsDefined((ServerOperationalState)number) ? (ServerOperationalState)number : throw new FormatException($"{number} is no operational state");

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{CommandResult.Excerpt(text)}\" is no number");

    // A difference of two of HAProxy's clocks, printed as a signed number: a clock that was set back must not make the whole answer unreadable.
    private static TimeSpan Age(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue))
            : throw new FormatException($"\"{CommandResult.Excerpt(text)}\" is no number");
}
