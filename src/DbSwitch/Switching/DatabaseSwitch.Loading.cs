namespace DbSwitch.Switching;

/// <summary>How much the targets have to do, for who wants to see it: it is asked for then, and not otherwise.</summary>
public sealed partial class DatabaseSwitch
{
    private volatile IReadOnlyList<TargetLoad> _load = [];

    /// <summary>As it was when it was last asked for. A proxy that could not be asked then is not there.</summary>
    public IReadOnlyList<TargetLoad> Load => _load;

    /// <summary>Asks every proxy, all at once, for <see cref="Load"/>.</summary>
    public async Task ReadLoadAsync()
    {
        var targets = Configuration.Targets.Values.ToDictionary(t => t.ServerName, t => t.Name);
        var asked = await Task.WhenAll(_proxies.Select(async p => (p.Name, Servers: await p.ReadLoadAsync(Configuration.Backend).ConfigureAwait(false)))).ConfigureAwait(false);
        _load =
        [
            .. asked.Where(a => a.Servers is not null).SelectMany(a => Configuration.Targets.Values.Select(t =>
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
