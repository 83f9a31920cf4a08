using DbSwitch.Storage;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>The clients of every gate go on. One that can't be resumed is tried again and again by a duty, and does not make the switchover less of a success.</summary>
internal sealed class ResumeGates : ISwitchoverPhase
{
    // Its time is told with the activation's: clients wait for both.
    public SwitchoverPhase Name => SwitchoverPhase.Activate;

    public bool AppliesTo(SwitchoverRun run) => !run.Parts.Gates.IsEmpty && run.Plan.Pauses;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        await ResumeAsync(run, cancel).ConfigureAwait(false);
        return null;
    }

    /// <returns>Null when the clients of all gates go on; otherwise a sentence that says which do not, without its full stop.</returns>
    public static async Task<string?> ResumeAsync(SwitchoverRun run, CancellationToken cancel)
    {
        if (await run.Parts.Gates.ResumeAsync(cancel).ConfigureAwait(false) is not { } problem)
        {
            return null;
        }

        var sentence = $"Clients may still wait in a gate; still retrying: {problem}";
        run.Plan.Note(sentence);
        return sentence;
    }
}
