using DbSwitch.Model;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Keeping;

/// <summary>What <c>Decider.Decide</c> is.</summary>
public delegate Decision Decide(Goal goal, ProxyObservation observed, TimeSpan goalAge);

/// <summary>Who may be active in one proxy? Pure: what is wanted and what was observed give steps. No clock, no I/O, no logger.</summary>
public static class Decider
{
    private static readonly TimeSpan ShortGrace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(1);

    /// <param name="goalAge">For how long this has been the goal: sessions in old workers have their grace from then on.</param>
    public static Decision Decide(Goal goal, ProxyObservation observed, TimeSpan goalAge) => observed switch
    {
        // An older store never moves clients: one behind what the proxy has heard of never acts.
        ProxyObservation.Seen { Companion: { } companion } when companion.Generation > goal.Generation => Decision.Nothing with { Behind = companion.Generation },
        ProxyObservation.Seen seen => Decide(goal, seen, goalAge),

        // Nobody is there who could reach anything, and nothing can be done there.
        ProxyObservation.Down => Decision.Nothing with { Fenced = true },

        // Unknown never triggers a change: a proxy that can't be asked stays as it is.
        _ => Decision.Nothing,
    };

    private static Decision Decide(Goal goal, ProxyObservation.Seen seen, TimeSpan goalAge)
    {
        var steps = new List<Step>();
        TellFirst(goal, seen.Companion, steps);
        var wanted = goal.Server is { } spec ? Find(spec, goal, seen.Servers) : null;
        var rightlyWanted = wanted is not null && LeadsToSelected(goal, wanted) ? wanted : null;
        var others = seen.Servers.Where(s => s != rightlyWanted && s.Name != goal.Undetermined).ToList();
        steps.AddRange(seen.Servers.Where(s => s.State.AgentIsEnabled && s.Name != goal.Undetermined).Select(s => new Step.DisableAgent(s.Name)));
        foreach (var other in others)
        {
            Fence(other, goal, seen.Process.Version, steps);
        }

        if (goal.Held && rightlyWanted is not null && (rightlyWanted.State.AdminState & ServerAdminState.ForcedMaintenance) == 0)
        {
            steps.Add(new Step.Maintain(rightlyWanted.Name));
        }

        // One database at a time, old workers included: what a reload has left over can still bring a client to a database.
        var unfencedWorkers = seen.OldWorkers.Where(w => !FenceInOldWorker(w, goal, goalAge, steps)).ToList();

        // What was seen before the script had heard of this generation may be another by now: until then it does what an earlier manager's late command says.
        var isTold = seen.Companion is null || seen.Companion.Generation >= goal.Generation;
        var othersFenced = isTold && others.TrueForAll(o => o.Fenced);
        var fenced = othersFenced && unfencedWorkers.Count == 0;
        if (goal.Server is { } server)
        {
            if (wanted is null)
            {
                // Harmless before the others are fenced: it comes in maintenance.
                steps.Add(new Step.Add(server));
            }
            else if (!wanted.HasAddress(server.Address) && wanted.Fenced)
            {
                // HAProxy compares what it is told with what it has, and from 2.9 on has it a moment later: told "back" in between, it finds nothing to change, and goes on to where it was sent first.
                steps.Add(new Step.SetAddress(server.Name, wanted.MovesTo ?? server.Address));
            }

            // One database at a time, in this proxy: the selected server is made ready only when every other server of the backend is proven fenced. Where clients are given back what they had, an old
            // worker that can't be asked leads to the same one: no other was made ready since. And what may be left over without anybody's knowledge was so when the worker before this one served it.
            var takesClients = wanted is not null && wanted.MayTakeClients && (wanted.State.AdminState & ServerAdminState.AnyDrain) == 0;
            if (goal.MayBeReady && (fenced || (othersFenced && (goal.Restores || unfencedWorkers.TrueForAll(w => ServedBeside(w, goal))))) && !takesClients && (wanted is null || rightlyWanted is not null))
            {
                steps.Add(new Step.MakeReady(wanted?.Name ?? server.Name));
            }
            else if (goal.MayBeReady && rightlyWanted is not null && takesClients)
            {
                Mend(rightlyWanted.State, steps);
            }
        }

        TellLast(goal, seen.Companion, steps);

        // Off the critical path: what is left over goes only when the proxy is otherwise as it shall be.
        if (steps.Count == 0 && goal.DeletesLeftovers && fenced && DeletingIsSafe(seen.Process.Version))
        {
            steps.AddRange(others.Where(o => o.Name != goal.Server?.Name && o != wanted && !o.Pinned).Select(o => new Step.Delete(o.Name)));
        }

        return new Decision(steps, fenced) { Unfenced = WhyUnfenced(unfencedWorkers, others, goal) };
    }

    /// <summary>The selected server takes clients, as far as maintenance goes; what else somebody has set by hand may keep them from it.</summary>
    private static void Mend(ServerState selected, List<Step> steps)
    {
        if (selected.Weight == 0)
        {
            steps.Add(new Step.Weigh(selected.Name, selected.ConfiguredWeight));
        }

        if (!selected.HasHealthCheck && selected.OperationalState is (ServerOperationalState.Stopped or ServerOperationalState.Stopping))
        {
            steps.Add(new Step.Raise(selected.Name));
        }
    }

    /// <summary>A server is known by its address: where ours is not there, one that haproxy.cfg has under another name, and that leads to the selected database, is as good, and nobody with it is cut off.</summary>
    private static ObservedServer? Find(ServerSpec spec, Goal goal, IReadOnlyList<ObservedServer> servers) =>
        servers.FirstOrDefault(s => s.Name == spec.Name)
        ?? (goal.MayBeReady || goal.Held ? servers.Where(s => s.HasAddress(spec.Address)).OrderByDescending(s => s.MayTakeClients).FirstOrDefault() : null);

    private static bool LeadsToSelected(Goal goal, ObservedServer server) => (goal.MayBeReady || goal.Held) && goal.Server is { } spec && server.HasAddress(spec.Address);

    private static bool ServedBeside(OldWorkerObservation worker, Goal goal) => worker.Pid == 0 && worker.ServedBefore.Any(s => LeadsToSelected(goal, s));

    /// <summary>The generation first: from then on nothing of an earlier one is executed, however late it comes.</summary>
    private static void TellFirst(Goal goal, Companion? companion, List<Step> steps)
    {
        if (companion is not null && companion.Generation < goal.Generation)
        {
            steps.Add(new Step.TellGeneration(goal.Generation));
        }

        if (companion is not null && goal.Hold is { } hold && companion.Hold < hold)
        {
            steps.Add(new Step.TellHold(hold));
        }
    }

    /// <summary>Shorter only when all else is done and those that were promised more have gone on: else they would be closed in the moment before they are let in.</summary>
    private static void TellLast(Goal goal, Companion? companion, List<Step> steps)
    {
        if (steps.Count == 0 && companion is not null && goal.Hold is { } hold && companion.Hold > hold && (companion.Waiting == 0 || goal.Server is null))
        {
            steps.Add(new Step.TellHold(hold));
        }
    }

    /// <returns>Whether no client reaches another server than the selected one through it.</returns>
    private static bool FenceInOldWorker(OldWorkerObservation worker, Goal goal, TimeSpan goalAge, List<Step> steps)
    {
        var others = worker.Servers.Where(s => !LeadsToSelected(goal, s) && s.Name != goal.Undetermined).ToList();
        if (worker.Problem is not null)
        {
            // Nobody can be let in there any more, so what was last seen there still bounds what can come from it.
            return worker.OthersAreKnown || (worker.Servers.Count > 0 && others.TrueForAll(o => o.Fenced));
        }

        foreach (var other in others.Where(o => !o.Fenced))
        {
            if (worker.CanFence && (other.State.AdminState & ServerAdminState.ForcedMaintenance) == 0)
            {
                steps.Add(new Step.MaintainInOldWorker(other.Name, worker.Pid));
            }

            // One by one: "shutdown sessions server" is refused there. Connecting ones are left to end by themselves, which is safe on every version.
            var established = other.Sessions!.Where(s => s.ServerSide == ServerSideState.Established).Select(s => s.Id).ToList();
            if (established.Count > 0 && goalAge >= goal.Grace)
            {
                steps.Add(new Step.CutInOldWorker(other.Name, worker.Pid, established));
            }
        }

        return others.TrueForAll(o => o.Fenced);
    }

    /// <summary>Why a fence could not be proven in it, whatever is done; null when it can be asked, or what was last seen there is proof.</summary>
    public static string? WhyHopeless(OldWorkerObservation worker) =>
        worker.Problem is null || worker.OthersAreKnown || (worker.Servers.Count > 0 && worker.Servers.All(s => s.Fenced)) ? null : WhyUnfenced(worker, new Goal(0, null, false));

    private static string? WhyUnfenced(List<OldWorkerObservation> workers, List<ObservedServer> others, Goal goal) =>
        string.Join("; ", [.. workers.Select(w => WhyUnfenced(w, goal)), .. others.Where(o => o.Unendable > 0).Select(Unendable)]) is { Length: > 0 } why ? why : null;

    private static string Unendable(ObservedServer server) =>
        $"HAProxy can't end {server.Unendable} {(server.Unendable == 1 ? "session" : "sessions")} with {server.Name}: one side has closed, and the other neither reads nor closes. Restart that HAProxy, which ends all its sessions (a reload does not), then select again; \"timeout client-fin 1s\" and \"timeout server-fin 1s\" in its haproxy.cfg keep it from happening again";

    private static string WhyUnfenced(OldWorkerObservation worker, Goal goal) =>
        worker is { Pid: 0, Problem: { } unknown } ? $"whether a reload has left an old worker over is not known: {unknown}"
        : worker.Problem is { } problem ? $"an old worker (pid {worker.Pid}), left over from a reload, can't be asked: {problem}"
        : worker.Servers.Where(s => !LeadsToSelected(goal, s)).Sum(s => s.Sessions!.Count) is > 0 and var sessions ? $"{sessions} {(sessions == 1 ? "session" : "sessions")} in an old worker (pid {worker.Pid}), left over from a reload, did not end"
        : $"an old worker (pid {worker.Pid}), left over from a reload, still has connections that it could send to {string.Join(" or ", worker.Servers.Where(s => !s.Fenced).Select(s => s.Name))}; load the companion script, or wait until they end (\"hard-stop-after\" in haproxy.cfg bounds that)";

    private static void Fence(ObservedServer other, Goal goal, string version, List<Step> steps)
    {
        // Only maintenance by command counts: inherited maintenance and a name that does not resolve lift by themselves.
        if ((other.State.AdminState & ServerAdminState.ForcedMaintenance) == 0)
        {
            steps.Add(new Step.Maintain(other.Name));
        }
        else if (!other.Fenced && other.Sessions is { Count: > 0 } sessions && (other.InMaintenanceFor >= goal.Grace || HasNothingToEnd(other, goal)))
        {
            var established = sessions.Where(s => s.ServerSide == ServerSideState.Established).Select(s => s.Id).ToList();
            if (established.Count == sessions.Count || CuttingConnectsIsSafe(version))
            {
                // By their server, where that can be: the id of a session that has ended meanwhile may be a new client's.
                steps.Add(new Step.Cut(other.Name, sessions.Count));
            }
            else if (established.Count > 0)
            {
                // The connecting ones end by themselves, within HAProxy's "timeout connect" and retries.
                steps.Add(new Step.Cut(other.Name, established.Count, established));
            }
        }
    }

    /// <summary>The grace is for sessions that are about to end. One that has been silent for many times as long is not; where a person lets them drain, each has its time.</summary>
    private static bool HasNothingToEnd(ObservedServer server, Goal goal) => goal.Grace <= ShortGrace && server.SilentFor >= LongSilence;

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
    /// <summary>Why it is not fenced, where that is not a matter of a moment; null otherwise.</summary>
    public string? Unfenced { get; init; }

    /// <summary>The generation that the proxy's companion script has heard of, when that is higher than the goal's; null otherwise.</summary>
    public long? Behind { get; init; }

    public static Decision Nothing { get; } = new([], false);
}
