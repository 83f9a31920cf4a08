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

    /// <summary>Sends a command that changes something, whether HAProxy answers it or the script.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or none that is known.</exception>
    public static async Task<CommandResult> ChangeAsync(RuntimeApi api, RuntimeCommand command, CancellationToken cancel)
    {
        if (!command.Text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return await api.ChangeAsync(command, cancel).ConfigureAwait(false);
        }

        var answer = await api.ExecuteAsync(command, cancel).ConfigureAwait(false);
        return Read(answer) ?? throw new RuntimeApiException(RuntimeApiError.Unexpected, api.Endpoint, command, $"\"{answer.Trim()}\" is no answer of the companion script", answer);
    }

    /// <summary>The script answers <c>done</c>, or <c>refused:</c> and why.</summary>
    /// <returns>Null when the answer is neither.</returns>
    private static CommandResult? Read(string answer) => answer.Trim() switch
    {
        "done" => new CommandResult(CommandOutcome.Done, "done"),
        var refusal when refusal.StartsWith("refused: no such server", StringComparison.Ordinal) => new CommandResult(CommandOutcome.NoSuchServer, refusal),
        var refusal when refusal.StartsWith("refused: ", StringComparison.Ordinal) => new CommandResult(CommandOutcome.Refused, refusal),
        _ => null,
    };

    private static RuntimeCommand Raw(FormattableString text) => RuntimeCommand.Raw(Prefix + text.ToString(CultureInfo.InvariantCulture));
}
