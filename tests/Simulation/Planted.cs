using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Simulation.Databases;
using DbSwitch.Simulation.Proxies;
using DbSwitch.Switching.Phases;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Simulation;

/// <summary>A flaw, planted in the product where it decides or hears: it is built as always, but for one rule that is wrong.</summary>
internal sealed record Planted(SwitchRules Rules, Func<bool, bool, int?, bool> IsGone, Distortion Distortion, PromotionFlaw Promotion)
{
    /// <summary>What a switchover consists of, in this order.</summary>
    public IReadOnlyList<ISwitchoverPhase> Phases { get; init; } = SwitchoverPhases.InOrder;

    /// <summary>A rollback leaves the generation as it is: what was sent for the switchover that was undone is not refused by it.</summary>
    public bool KeepsTheGeneration { get; init; }

    private static readonly Planted s_nothing = new(SwitchRules.Right, LostCommandRule.IsGone, new Distortion(), PromotionFlaw.None);

    public static Planted Of(Flaw flaw, World world) => flaw switch
    {
        Flaw.None => s_nothing,
        Flaw.ActivatesBeforeTheFence => Deciding(ActivateFirst),
        Flaw.TrustsCounters => s_nothing with { Distortion = new OnlyCounted() },
        Flaw.TrustsAnEmptyAnswer => s_nothing with { Distortion = new CutShort(world.Random) },
        Flaw.IgnoresOldWorkers => Deciding((goal, seen, age) => Decider.Decide(goal, seen with { OldWorkers = [] }, age)),
        Flaw.ForgetsSilentClients => Deciding((goal, seen, age) => Decider.Decide(goal, seen with { OldWorkers = [.. seen.OldWorkers.Select(WithoutSilentClients)] }, age)),
        Flaw.SendsAgainOnTimeout => s_nothing with { IsGone = (_, _, _) => true },
        Flaw.CommitsTooEarly => Fenced(OneIsEnough()),
        Flaw.InitialOverLivingProxies => s_nothing with { Rules = SwitchRules.Right with { Adopt = (_, targets, initial) => new AdoptionAnswer.Take(initial, "") { Address = initial is null ? null : targets.GetValueOrDefault(initial)?.Address } } },
        Flaw.IgnoresTheGeneration => new Planted(
            SwitchRules.Right with { Decide = (goal, observed, age) => Decider.Decide(goal, observed is ProxyObservation.Seen seen ? Forget(seen, goal) : observed, age), Judge = (_, _, _, _, _) => new StoreVerdict.Believe(), Heard = _ => 0 },
            LostCommandRule.IsGone, new AlwaysAhead(), PromotionFlaw.None),
        Flaw.MovesWithoutAFence => Fenced((result, next) => world.Store.Unfinished is { } running && running.From == running.To ? IsThere(result, next) : SwitchoverRules.IsFenced(result, next)),
        Flaw.WaivesForEver => Fenced((result, next) => world.EverWaived.Contains(result.Proxy) || SwitchoverRules.IsFenced(result, next)),
        Flaw.TakesAHoldForAFence => Fenced((result, next) => SwitchoverRules.IsHeld(result) && IsThere(result, next)),
        Flaw.PromotesWithoutClosing => s_nothing with { Promotion = PromotionFlaw.DoesNotClose },
        Flaw.PromotesTooEarly => s_nothing with { Promotion = PromotionFlaw.DoesNotWait },
        Flaw.CommitsBeforeTheFence => InOrder(p => p is Commit ? 0 : 1),
        Flaw.ActivatesBeforeTheProof => InOrder(p => p is Activate ? 0 : 1),
        Flaw.UndoesWithoutANewGeneration => s_nothing with { KeepsTheGeneration = true },
        _ => throw new ArgumentOutOfRangeException(nameof(flaw)),
    };

    private static Planted Deciding(Func<Goal, ProxyObservation.Seen, TimeSpan, Decision> decide) =>
        s_nothing with { Rules = SwitchRules.Right with { Decide = (goal, observed, age) => observed is ProxyObservation.Seen seen ? decide(goal, seen, age) : Decider.Decide(goal, observed, age) } };

    private static Planted InOrder(Func<ISwitchoverPhase, int> place) => s_nothing with { Phases = [.. SwitchoverPhases.InOrder.OrderBy(place)] };

    private static Planted Fenced(Func<CycleResult, ServerSpec?, bool> rule) => s_nothing with { Rules = SwitchRules.Right with { IsFenced = rule } };

    private static Decision ActivateFirst(Goal goal, ProxyObservation.Seen seen, TimeSpan age)
    {
        var right = Decider.Decide(goal, seen, age);
        return goal.Server is not { } server || right.Behind is not null || seen.Servers.Any(s => s.Name == server.Name && s.MayTakeClients)
            ? right
            : right with { Steps = [.. right.Steps.OrderByDescending(s => s is Step.TellGeneration or Step.Add), new Step.MakeReady(server.Name)] };
    }

    private static OldWorkerObservation WithoutSilentClients(OldWorkerObservation worker) =>
        worker with { Servers = [.. worker.Servers.Select(s => s with { Fenced = s.Fenced || s.Sessions is { Count: 0 } })] };

    private static Func<CycleResult, ServerSpec?, bool> OneIsEnough()
    {
        long? fenced = null;
        return (result, next) =>
        {
            fenced = SwitchoverRules.IsFenced(result, next) ? result.Goal!.Number : fenced;
            return fenced == result.Goal?.Number;
        };
    }

    private static ProxyObservation.Seen Forget(ProxyObservation.Seen seen, Goal goal) =>
        seen.Companion is { } companion ? seen with { Companion = companion with { Generation = goal.Generation } } : seen;

    private static bool IsThere(CycleResult result, ServerSpec? next) =>
        result is { Problem: null, Observed: ProxyObservation.Seen seen } && (next is null || seen.Servers.Any(s => s.Name == next.Name));

    private sealed record OnlyCounted : Distortion
    {
        public override string Answer(string line, string answer) =>
            line == "show sess" ? string.Concat(answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.Contains("scb=[3,", StringComparison.Ordinal)).Select(l => l + "\n")) : answer;
    }

    private sealed record CutShort(Random Random) : Distortion
    {
        public override string Answer(string line, string answer) =>
            line == "show sess" && Random.Next(10) == 0 ? string.Concat(answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(1).Select(l => l + "\n")) : answer;
    }

    private sealed record AlwaysAhead : Distortion
    {
        public override string Command(string line, SimWorker worker) => line.Split(' ') switch
        {
            ["set", "dbswitch", "generation", var backend, var number] => $"set dbswitch generation {backend} {Highest(number, worker)}",
            ["set", "dbswitch", "fence" or "cut" or "address" or "ready", var path, var number, .. var rest] => string.Join(' ', [.. line.Split(' ')[..3], path, Highest(number, worker), .. rest]),
            _ => line,
        };

        private static string Highest(string number, SimWorker worker) => Math.Max(long.Parse(number, System.Globalization.CultureInfo.InvariantCulture), worker.Generation).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
