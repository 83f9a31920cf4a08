using DbSwitch.Storage;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>
/// Before the fence every gate lets the open transactions of its clients end and makes them wait. A gate proves nothing: what must not reach the old database is fenced all the same.
/// </summary>
internal sealed class PauseGates : ISwitchoverPhase
{
    public SwitchoverPhase Name => SwitchoverPhase.Pause;

    public bool AppliesTo(SwitchoverRun run) => !run.Parts.Gates.IsEmpty && run.Plan.Pauses;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        if (await run.Parts.Gates.PauseAsync(run.Plan.Force, cancel).ConfigureAwait(false) is not { } problem)
        {
            return null;
        }

        if (!run.Plan.Force)
        {
            return problem;
        }

        run.Plan.Note($"{problem}, so transactions that came through it may have been cut off");
        return null;
    }

    public async Task UndoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        if (await ResumeGates.ResumeAsync(run, cancel).ConfigureAwait(false) is { } problem)
        {
            // The journal first: what is left over is told after it.
            await run.RollBackAsync().ConfigureAwait(false);
            run.LeaveOver($"{problem}.");
        }
    }
}
