using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>
/// The Pause phase: before the fence every gate lets the open transactions of its clients end and makes them wait, and after the activation, or what undoes it, they go on.
/// A gate proves nothing: what must not reach the old database is fenced all the same.
/// </summary>
internal sealed partial class Switchover
{
    /// <returns>Null when it may go on; otherwise why it is to be undone.</returns>
    private async Task<string?> PauseAsync(SwitchoverPlan plan, Abortion abortion, CancellationToken end)
    {
        if (gates.IsEmpty || !plan.Pauses)
        {
            return null;
        }

        plan.Watch.Next(SwitchoverPhase.Pause);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, abortion.Asked);
        try
        {
            if (await gates.PauseAsync(plan.Force, either.Token).ConfigureAwait(false) is not { } problem)
            {
                return null;
            }

            if (!plan.Force)
            {
                return problem;
            }

            plan.Note($"{problem}, so transactions that came through it may have been cut off");
            return null;
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            return AbortedBy(abortion);
        }
    }

    /// <returns>Null when the clients of all gates go on; otherwise a sentence that says which do not, without its full stop.</returns>
    private async Task<string?> ResumeAsync(SwitchoverPlan plan, CancellationToken end)
    {
        if (gates.IsEmpty || !plan.Pauses || await gates.ResumeAsync(end).ConfigureAwait(false) is not { } problem)
        {
            return null;
        }

        var sentence = $"Clients may still wait in a gate, and resuming it is tried on: {problem}";
        plan.Note(sentence);
        return sentence;
    }
}
