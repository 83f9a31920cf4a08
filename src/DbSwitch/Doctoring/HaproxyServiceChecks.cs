using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>Whether <c>master:</c> of dbswitch.yaml is the master's socket of this machine's HAProxy service, and whether the manager may use it. Pure: files in, findings out.</summary>
public static class HaproxyServiceChecks
{
    /// <param name="isThere">Whether a socket is there: one that is may belong to an HAProxy that runs otherwise than by that service.</param>
    public static IEnumerable<Finding> Check(HaproxyFile file, HaproxyService? service, DbSwitchConfiguration configuration, Func<string, bool> isThere)
    {
        if (service is null)
        {
            yield break;
        }

        var group = file.Group ?? file.User ?? "haproxy";
        foreach (var proxy in configuration.Proxies.Values.OfType<ApiProxyConfiguration>().Where(p => p.Api is RuntimeEndpoint.Unix api && file.AdminSockets.Contains(api.Path)))
        {
            var master = (proxy.Master as RuntimeEndpoint.Unix)?.Path;
            if (master is not null && master != service.MasterSocket)
            {
                if (isThere(master))
                {
                    continue;
                }

                yield return new Finding(FindingLevel.Error, proxy.Name, $"master: is {master}, and haproxy.service has its master's socket at {service.MasterSocket}: no switchover can be proven after a reload", $"write master: \"unix:{service.MasterSocket}\"");
            }

            if (!service.IsForAGroup)
            {
                yield return new Finding(
                    master is null ? FindingLevel.Warning : FindingLevel.Error,
                    proxy.Name,
                    $"only root may use the master's socket {service.MasterSocket}, the way to what a reload leaves over",
                    $"write {service.Wanted(group)} into /etc/default/haproxy; it holds from HAProxy's next restart on, not from a reload on, "
                    + $"and only then write master: \"unix:{service.MasterSocket}\" beside api: (chgrp and chmod last until the next reload, which makes the socket anew)");
            }
        }
    }
}
