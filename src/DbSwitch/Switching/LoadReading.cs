using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Proxies;

namespace DbSwitch.Switching;

/// <summary>How much the targets have to do, for who wants to see it: it is asked for then, and not otherwise.</summary>
/// <param name="addressOf">Where a target is; null while that is not known.</param>
internal sealed class LoadReading(SwitchConfiguration configuration, Func<string, IPEndPoint?> addressOf, IReadOnlyList<ProxyLink> proxies)
{
    private volatile IReadOnlyList<TargetLoad> _latest = [];

    /// <summary>As it was when it was last asked for. A proxy that could not be asked then is not there.</summary>
    public IReadOnlyList<TargetLoad> Latest => _latest;

    /// <summary>Asks every proxy, all at once.</summary>
    public async Task ReadAsync()
    {
        var asked = await Task.WhenAll(proxies.Select(async p => (p.Name, Servers: await p.ReadLoadAsync(configuration.Backend).ConfigureAwait(false)))).ConfigureAwait(false);
        _latest =
        [
            .. asked.Where(a => a.Servers is not null).SelectMany(a => configuration.Targets.Values.Select(t =>
            {
                var own = a.Servers!.Where(s => TargetOf(s) == t.Name).ToList();
                return new TargetLoad(a.Name, t.Name, own.Sum(s => s.Sessions), own.Sum(s => s.NewPerSecond));
            })),
        ];
    }

    /// <summary>By what we call it, or, where haproxy.cfg calls it otherwise, by its address.</summary>
    private string? TargetOf(ServerLoad server) =>
        (configuration.Targets.Values.FirstOrDefault(t => t.ServerName == server.Server)
            ?? configuration.Targets.Values.FirstOrDefault(t => server.Address is { } address && address.Equals(addressOf(t.Name))))?.Name;
}

/// <summary>What one target has to do for one proxy's clients. A target without a server there has nothing to do.</summary>
/// <param name="Sessions">Open ones.</param>
/// <param name="NewPerSecond">Begun in the last second.</param>
public sealed record TargetLoad(string Proxy, string Target, long Sessions, long NewPerSecond);
