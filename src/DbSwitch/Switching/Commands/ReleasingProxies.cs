using DbSwitch.Configuration.Values;
using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Commands;

/// <summary>
/// An operator's word that a proxy may be taken out of a switch: what its clients reach from then on is nobody's care but his. It changes nothing by itself; without it a configuration that takes
/// the proxy out is refused.
/// </summary>
internal sealed partial class ReleasingProxies(SwitchParts parts, OperatorCommands commands)
{
    public async Task<RequestOutcome> ReleaseAsync(string proxy, string by, CancellationToken cancel)
    {
        if (!parts.Configuration.Proxies.Contains(proxy))
        {
            return new RequestOutcome.Refused(new SwitchoverOutcome.Refused(RefusalReason.UnknownProxy, $"{parts.Name} has no proxy {proxy}; its proxies are {string.Join(", ", parts.Configuration.Proxies)}{Suggestion.AtEnd(proxy, parts.Configuration.Proxies)}"));
        }

        var request = new CommandRequest(Command.Release, new SwitchoverRequest(null, by, ""), TimeSpan.Zero, "");
        return RequestOutcome.Of(
            await commands.DoAsync(
                request,
                async () =>
                {
                    await parts.Store.ReleaseProxyAsync(parts.Name, proxy, by, cancel).ConfigureAwait(false);
                    Released(parts.Logger, parts.Name, proxy, by);
                    return new SwitchoverOutcome.Unchanged($"{parts.Name}: {proxy} may be taken out: {Reach(proxy)} Until then it is kept like the others. Now take it out of \"proxies:\" in the configuration, and reload.");
                },
                cancel).ConfigureAwait(false),
            []);
    }

    private string Reach(string proxy) => parts.Core.Keepers.Latest.FirstOrDefault(r => r.Proxy == proxy) switch
    {
        { Observed: ProxyObservation.Seen seen } when seen.Servers.Where(s => s.MayTakeClients).Select(s => s.Name).ToList() is { Count: > 0 } ready =>
            $"once it is out, its clients stay with {string.Join(" and ", ready)}, whatever is selected later.",
        { Observed: ProxyObservation.Seen or ProxyObservation.Down } => "once it is out, its clients reach no database, unless its HAProxy is told otherwise.",
        CycleResult { Problem: { } problem } => $"it can't be asked now ({problem}); what its clients reach, nobody knows.",
        _ => "it was not seen yet; what its clients reach, nobody knows.",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Proxy} may be taken out of it, says {By}")]
    private static partial void Released(ILogger logger, string @switch, string proxy, string by);
}
