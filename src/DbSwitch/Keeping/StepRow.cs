using HaproxyRuntime;

namespace DbSwitch.Keeping;

/// <summary>Steps on their way to one proxy: which were done, in their order, up to the first that was not.</summary>
internal sealed class StepRow
{
    private readonly Queue<(Step Step, Task<(bool Done, string? Problem)> Taking)> _begun = new();
    private readonly List<Step> _taken = [];
    private bool _broken;

    /// <summary>Those that HAProxy has confirmed.</summary>
    public IReadOnlyList<Step> Taken => _taken;

    /// <summary>What HAProxy said against the first that was not done; null when there is none, or when it only found another state than was seen.</summary>
    public string? Problem { get; private set; }

    public void Begin(Step step, Task<(bool Done, string? Problem)> taking) => _begun.Enqueue((step, taking));

    /// <summary>Waits for the answers of all that were begun.</summary>
    /// <returns>Whether all of them were done.</returns>
    public async Task<bool> IsConfirmedAsync()
    {
        while (_begun.TryDequeue(out var next))
        {
            var (done, problem) = await AnswerAsync(next.Taking).ConfigureAwait(false);
            if (!_broken && done)
            {
                _taken.Add(next.Step);
            }
            else if (!_broken)
            {
                // Not done, and no problem: something is not as it was seen to be (a server is there already, with who knows which address). What follows was decided for another state.
                (_broken, Problem) = (true, problem);
            }
        }

        return !_broken;
    }

    private static async Task<(bool Done, string? Problem)> AnswerAsync(Task<(bool Done, string? Problem)> taking)
    {
        try
        {
            return await taking.ConfigureAwait(false);
        }
        catch (RuntimeApiException e)
        {
            return (false, e.Message);
        }
    }
}
