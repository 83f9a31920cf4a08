using DbSwitch.Databases;
using DbSwitch.Switching;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>What a running HAProxy shows of ways around the fence. Pure.</summary>
internal static class FenceChecks
{
    /// <summary>What overrules maintenance, as the latest look at each proxy has it.</summary>
    public static IEnumerable<Finding> Check(DatabaseSwitch one)
    {
        foreach (var result in one.Snapshot.Latest)
        {
            if (one.WhatOverrulesMaintenance(result) is { Verdict: not GuardVerdict.Passed } guard)
            {
                yield return new Finding(FindingLevel.Error, result.Proxy, guard.Words, guard.Next ?? "");
            }
        }
    }

    /// <summary>Servers of other backends with the address of a target: clients reach the database by them whatever is selected.</summary>
    public static IEnumerable<Finding> OtherWays(string proxy, IReadOnlyList<ServerState> others, IEnumerable<DatabaseSwitch> switches)
    {
        foreach (var one in switches)
        {
            foreach (var (target, known) in one.Snapshot.Targets)
            {
                foreach (var server in others.Where(s => !s.InMaintenance && known.Address.Address is { } address && address.Port == s.Port && address.Address.Equals(s.Address)))
                {
                    yield return new Finding(
                        FindingLevel.Warning, proxy, $"server {server.Name} of backend {server.Backend} leads to {target} of {one.Name} too ({known.Address.Address}), and no switch fences that way",
                        $"delete that server, or see that clients only read by way of backend {server.Backend}");
                }
            }
        }
    }
}
