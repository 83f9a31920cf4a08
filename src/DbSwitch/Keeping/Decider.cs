using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Keeping;

/// <summary>Who may be active in one proxy? Pure: what is wanted and what was observed give steps. No clock, no I/O, no logger.</summary>
public static class Decider
{
    public static Decision Decide(Goal goal, ProxyObservation observed) => observed switch
    {
        ProxyObservation.Seen seen => Decide(goal, seen),

        // Unknown never triggers a change: a proxy that can't be asked stays as it is.
        _ => Decision.Nothing,
    };

    private static Decision Decide(Goal goal, ProxyObservation.Seen seen)
    {
        var steps = new List<Step>();
        var wanted = goal.Server is { } spec ? seen.Servers.FirstOrDefault(s => s.Name == spec.Name) : null;
        var rightlyWanted = wanted is not null && goal.MayBeReady && wanted.HasAddress(goal.Server!.Address) ? wanted : null;
        var others = seen.Servers.Where(s => s != rightlyWanted && s.Name != goal.Undetermined).ToList();

        foreach (var other in others)
        {
            Fence(other, goal, seen.Process.Version, steps);
        }

        var fenced = others.TrueForAll(o => o.Fenced);
        if (goal.Server is { } server)
        {
            if (wanted is null)
            {
                // Harmless before the others are fenced: it comes in maintenance.
                steps.Add(new Step.Add(server));
            }
            else if (!wanted.HasAddress(server.Address) && wanted.Fenced)
            {
                steps.Add(new Step.SetAddress(server.Name, server.Address));
            }

            // Invariant 1, in this proxy: the selected server is made ready only when every other server of the backend is proven fenced.
            var takesClients = wanted is not null && wanted.MayTakeClients && (wanted.State.AdminState & ServerAdminState.AnyDrain) == 0;
            if (goal.MayBeReady && fenced && !takesClients && (wanted is null || rightlyWanted is not null))
            {
                steps.Add(new Step.MakeReady(server.Name));
            }
        }

        // Off the critical path: what is left over goes only when the proxy is otherwise as it shall be.
        if (steps.Count == 0 && goal.DeletesLeftovers && fenced && DeletingIsSafe(seen.Process.Version))
        {
            steps.AddRange(others.Where(o => o.Name != goal.Server?.Name && !o.Pinned).Select(o => new Step.Delete(o.Name)));
        }

        return new Decision(steps, fenced);
    }

    private static void Fence(ObservedServer other, Goal goal, string version, List<Step> steps)
    {
        // Only maintenance by command counts: inherited maintenance and a name that does not resolve lift by themselves.
        if ((other.State.AdminState & ServerAdminState.ForcedMaintenance) == 0)
        {
            steps.Add(new Step.Maintain(other.Name));
        }
        else if (!other.Fenced && other.Sessions is { Count: > 0 } sessions && other.InMaintenanceFor >= goal.Grace)
        {
            if (!CuttingConnectsIsSafe(version))
            {
                // The connecting ones end by themselves, within HAProxy's "timeout connect" and retries.
                var established = sessions.Where(s => s.ServerSide == ServerSideState.Established).Select(s => s.Id).ToList();
                if (established.Count > 0)
                {
                    steps.Add(new Step.Cut(other.Name, established.Count, established));
                }
            }
            else
            {
                steps.Add(new Step.Cut(other.Name, sessions.Count));
            }
        }
    }

    /// <summary>On 3.0 and 3.1 a session that is cut while it connects can become one that nothing ends. A version that can't be read is taken for one where it is safe: the session is looked at again.</summary>
    private static bool CuttingConnectsIsSafe(string version) =>
        !HaproxyVersion.TryParse(version, out var v) || new HaproxyCapabilities(v).Can(HaproxyFeature.ShutdownWhileConnecting);

    /// <summary>Where deleting can crash the proxy, or where nobody knows, a fenced server stays, in maintenance.</summary>
    private static bool DeletingIsSafe(string version) =>
        HaproxyVersion.TryParse(version, out var v) && new HaproxyCapabilities(v).Can(HaproxyFeature.DeleteServer);
}

/// <summary>What to do, and what is true already.</summary>
/// <param name="Steps">In this order; the first that fails ends the row.</param>
/// <param name="Fenced">Every server but the one that may be ready is proven fenced.</param>
public sealed record Decision(IReadOnlyList<Step> Steps, bool Fenced)
{
    public static Decision Nothing { get; } = new([], false);
}
