using DbSwitch.Configuration;
using DbSwitch.Proxies;

namespace DbSwitch.Switching;

/// <summary>How much the targets have to do, for who wants to see it: it is asked for then, and not otherwise.</summary>
internal sealed class LoadReading(SwitchConfiguration configuration, IReadOnlyList<ProxyLink> proxies)
{
    private volatile IReadOnlyList<TargetLoad> _latest = [];

    /// <summary>As it was when it was last asked for. A proxy that could not be asked then is not there.</summary>
    public IReadOnlyList<TargetLoad> Latest => _latest;

    /// <summary>Asks every proxy, all at once.</summary>
    public async Task ReadAsync()
    {
        var targets = configuration.Targets.Values.ToDictionary(t => t.ServerName, t => t.Name);
        var asked = await Task.WhenAll(proxies.Select(async p => (p.Name, Servers: await p.ReadLoadAsync(configuration.Backend).ConfigureAwait(false)))).ConfigureAwait(false);
        _latest =
        [
            .. asked.Where(a => a.Servers is not null).SelectMany(a => configuration.Targets.Values.Select(t =>
            {
                var own = a.Servers!.Where(s => targets.GetValueOrDefault(s.Server) == t.Name).ToList();
                return new TargetLoad(a.Name, t.Name, own.Sum(s => s.Sessions), own.Sum(s => s.NewPerSecond));
            })),
        ];
    }
}

/// <summary>What one target has to do for one proxy's clients. A target without a server there has nothing to do.</summary>
/// <param name="Sessions">Open ones.</param>
/// <param name="NewPerSecond">Begun in the last second.</param>
public sealed record TargetLoad(string Proxy, string Target, long Sessions, long NewPerSecond);
