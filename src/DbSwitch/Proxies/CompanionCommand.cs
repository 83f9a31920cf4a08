using System.Globalization;
using System.Net;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>The commands that the companion script adds to the Runtime API (deploy/dbswitch.lua), and how it answers them.</summary>
public static class CompanionCommand
{
    private const string Prefix = "set dbswitch ";

    public static RuntimeCommand Show { get; } = RuntimeCommand.Raw("show dbswitch");

    /// <summary>How long a new connection may wait, to the millisecond.</summary>
    public static RuntimeCommand Hold(string backend, TimeSpan time) => Raw($"hold {backend} {(long)time.TotalMilliseconds}");

    /// <summary>Refuse whoever comes with a lower generation from now on.</summary>
    public static RuntimeCommand Generation(string backend, long generation) => Raw($"generation {backend} {generation}");

    /// <summary>Maintenance. Unlike HAProxy's own command it works in an old worker too.</summary>
    public static RuntimeCommand Fence(string backend, string server, long generation) => Raw($"fence {backend}/{server} {generation}");

    /// <summary>End every session of a server. Works in an old worker too.</summary>
    public static RuntimeCommand Cut(string backend, string server, long generation) => Raw($"cut {backend}/{server} {generation}");

    /// <summary>Another address for a server; refused when a higher generation was heard of. HAProxy applies it a moment later: read it back.</summary>
    public static RuntimeCommand Address(string backend, string server, long generation, IPEndPoint address) => Raw($"address {backend}/{server} {generation} {address.Address} {address.Port}");

    /// <summary>Let clients in; refused when a higher generation was heard of, however late it arrives.</summary>
    public static RuntimeCommand Ready(string backend, string server, long generation) => Raw($"ready {backend}/{server} {generation}");

    /// <summary>Whether the script answers a command, and not HAProxy.</summary>
    public static bool IsOne(RuntimeCommand command) => command.Text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The script answers <c>done</c>, or <c>refused:</c> and why.</summary>
    /// <returns>Null when the answer is neither.</returns>
    public static CommandResult? Read(string answer) => answer.Trim() switch
    {
        "done" => new CommandResult(CommandOutcome.Done, "done"),
        var refusal when refusal.StartsWith("refused: no such server", StringComparison.Ordinal) => new CommandResult(CommandOutcome.NoSuchServer, refusal),
        var refusal when refusal.StartsWith("refused: ", StringComparison.Ordinal) => new CommandResult(CommandOutcome.Refused, refusal),
        _ => null,
    };

    private static RuntimeCommand Raw(FormattableString text) => RuntimeCommand.Raw(Prefix + text.ToString(CultureInfo.InvariantCulture));
}
