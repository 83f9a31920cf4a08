using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Tcp;
using DbSwitch.Managing;
using DbSwitch.Switching;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>Looks at a whole set-up: every proxy, every gate, every target's name, the store and its files. It changes nothing.</summary>
public static class Doctor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<Finding>> LookAsync(Manager manager, TimeProvider time, CancellationToken cancel)
    {
        var gates = Task.WhenAll(manager.Switches.Values.Select(s => GatesAsync(s, cancel)));
        var kinds = Task.WhenAll(manager.Switches.Values.Select(s => KindsAsync(s, time, cancel)));
        var proxies = await Task.WhenAll(manager.Configuration.Proxies.Values.Select(p => LookAsync(manager, p, time, cancel))).ConfigureAwait(false);
        return
        [
            .. proxies.SelectMany(p => p)
                .Concat((await gates.ConfigureAwait(false)).SelectMany(g => g))
                .Concat((await kinds.ConfigureAwait(false)).SelectMany(k => k))
                .Concat(manager.Switches.Values.SelectMany(Targets))
                .Concat(ClusterChecks.Check([.. manager.Switches.Values.SelectMany(Promoted)]))
                .Concat(manager.Switches.Values.SelectMany(FenceChecks.Check))
                .Concat(FileChecks.Check(manager.Configuration))
                .OrderByDescending(f => f.Level),
        ];
    }

    private static async Task<IReadOnlyList<Finding>> LookAsync(Manager manager, ProxyConfiguration proxy, TimeProvider time, CancellationToken cancel)
    {
        var backends = manager.Configuration.Switches.Values.Where(s => s.Proxies.Contains(proxy.Name)).Select(s => s.Backend).Distinct().ToList();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        var link = manager.Proxies[proxy.Name];
        try
        {
            var facts = await ProxyFacts.AskAsync(new RuntimeClient(link.Endpoint), backends, time, patience.Token).ConfigureAwait(false);
            return [.. ProxyChecks.Check(proxy.Name, facts, backends, link.Master is not null), .. FenceChecks.OtherWays(proxy.Name, facts.OtherServers, manager.Switches.Values.Where(s => s.Configuration.Proxies.Contains(proxy.Name)))];
        }
        catch (RuntimeApiException e)
        {
            return [CanNotBeAsked(proxy.Name, e.Problem)];
        }
        catch (FormatException e)
        {
            return [CanNotBeAsked(proxy.Name, e.Message)];
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [CanNotBeAsked(proxy.Name, $"it did not answer within {Patience.TotalSeconds:0} s")];
        }
    }

    private static Finding CanNotBeAsked(string proxy, string why) =>
        new(FindingLevel.Error, proxy, $"it can't be asked: {why}", "see that HAProxy runs, and that api: in dbswitch.yaml is its \"stats socket\"");

    private static IEnumerable<Finding> Targets(DatabaseSwitch one) => one.Configuration.Targets.Values
        .Select(t => (t.Name, t.Address, one.Snapshot.Targets[t.Name].Address.Problem))
        .Where(t => t.Problem is not null)
        .Select(t => new Finding(FindingLevel.Error, $"{one.Name}/{t.Name}", $"{t.Address.Host} does not resolve: {t.Problem}", "correct the name in dbswitch.yaml, or the name server that this manager asks"));

    private static IEnumerable<(string Switch, string Target, DatabaseFacts Facts)> Promoted(DatabaseSwitch one) => one.Configuration.Targets.Values
        .Where(t => t.Database.Promotes)
        .Select(t => (one.Name, t.Name, one.Snapshot.Targets[t.Name].Known))
        .Where(t => t.Known is not null)
        .Select(t => (t.Item1, t.Item2, t.Known!));

    private static async Task<IEnumerable<Finding>> KindsAsync(DatabaseSwitch one, TimeProvider time, CancellationToken cancel)
    {
        var asking = one.Configuration.Targets.Values.Where(t => t.Database is TcpDatabase).Select(async t =>
        {
            var known = one.Snapshot.Targets[t.Name];

            // What has greeted as MySQL is known already, and not asked again without need.
            var protocol = known.Known is TcpFacts { SpeaksMySql: true } ? DatabaseProtocol.MySql
                : known.Address.Address is { } address ? await RecogniseAsync(address, time, cancel).ConfigureAwait(false)
                : DatabaseProtocol.Unknown;
            return KindChecks.Check($"{one.Name}/{t.Name}", protocol);
        });
        return (await Task.WhenAll(asking).ConfigureAwait(false)).SelectMany(f => f);
    }

    private static async Task<DatabaseProtocol> RecogniseAsync(IPEndPoint address, TimeProvider time, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await ProtocolLook.OfAsync(address, time, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return DatabaseProtocol.Unknown;
        }
    }

    private static async Task<IEnumerable<Finding>> GatesAsync(DatabaseSwitch one, CancellationToken cancel) =>
        (await one.LookAtGatesAsync(cancel).ConfigureAwait(false)).SelectMany(g => GateChecks.Check($"{one.Name}/{g.Gate.Name}", g.Gate, g.Look));
}
