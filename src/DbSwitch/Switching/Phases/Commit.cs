using DbSwitch.Keeping;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>The point of no return: the selection changes in the store, here and nowhere else, after every other target was proven fenced on every proxy.</summary>
internal sealed class Commit : ISwitchoverPhase
{
    public SwitchoverPhase Name => SwitchoverPhase.Journal;

    public bool AppliesTo(SwitchoverRun run) => true;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        var (parts, plan) = (run.Parts, run.Plan);
        // What lies between took a while: a proxy that was started again meanwhile, by somebody with other ideas, was seen by its keeper.
        var next = SwitchoverRules.ServerOf(plan);
        var unfenced = parts.Core.Keepers.Latest.Where(r => !plan.Without.Contains(r.Proxy) && !parts.Rules.IsFenced(r, next)).ToDictionary(r => r.Proxy, r => (CycleResult?)r);
        if (unfenced.Count > 0)
        {
            return $"not every proxy is fenced any more ({Missing.Describe(unfenced, Fence.WhyNot)})";
        }

        if (!run.TryClose())
        {
            return "aborted";
        }

        var selection = await parts.Store.CommitAsync(run.Record, plan.Address, parts.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        run.Committed(run.Record with { Committed = true });
        run.Turn.Set(run.Turn.State with
        {
            Selection = selection,
            AddressInUse = plan.Address,
            Undone = run.Record.Generation,
            Unfinished = run.Record,
            AwaitsPromotion = plan.Promotion is not null,
            UndoOwed = null,
            ClosedByOther = null,
            FailedMove = null,
            NeedsPerson = null,
        });
        parts.Core.Say(ProblemSource.Database, null);
        parts.Core.Say(ProblemSource.Address, null);
        return null;
    }
}
