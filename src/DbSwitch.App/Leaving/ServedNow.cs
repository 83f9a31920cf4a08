using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.Configuration;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.App.Leaving;

/// <summary>What one proxy serves in one backend at this moment, by its own word: no manager and no store is needed for that.</summary>
/// <param name="Servers">Name and address of each that takes clients.</param>
/// <param name="Problem">Why it can't be asked; null when it answered.</param>
internal sealed record ServedNow(string Proxy, string Switch, string Backend, IReadOnlyList<(string Name, HostPort Address)> Servers, string? Problem)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<ServedNow>> AskAsync(DbSwitchConfiguration configuration, CancellationToken cancel)
    {
        var asking = configuration.Switches.Values.SelectMany(s => s.Proxies.Select(p => AskAsync(configuration, s, configuration.Proxies[p], cancel)));
        return await Task.WhenAll(asking);
    }

    private static async Task<ServedNow> AskAsync(DbSwitchConfiguration configuration, SwitchConfiguration one, ProxyConfiguration proxy, CancellationToken cancel)
    {
        var nothing = new ServedNow(proxy.Name, one.Name, one.Backend, [], null);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            var api = proxy is ApiProxyConfiguration theirs ? theirs.Api : new RuntimeEndpoint.Unix(new RunDirectory(configuration.Listen.RunDirectory, proxy.Name).AdminSocket);
            var servers = await new RuntimeClient(api).ShowServersStateAsync(one.Backend, patience.Token);
            return nothing with { Servers = [.. servers.Where(s => !s.InMaintenance && !WayBack.Is(s) && s.Address is not null).Select(s => (s.Name, new HostPort(s.Address!.ToString(), s.Port)))] };
        }
        catch (RuntimeApiException e)
        {
            return nothing with { Problem = e.Problem };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return nothing with { Problem = $"it did not answer within {Patience.TotalSeconds:0} s" };
        }
    }
}
