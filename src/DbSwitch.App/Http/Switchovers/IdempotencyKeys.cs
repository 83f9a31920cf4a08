using DbSwitch.Switching.Outcomes;

namespace DbSwitch.App.Http.Switchovers;

/// <summary>
/// What was asked under which key, so that a client that did not hear the answer may ask again and nothing is done twice. Bounded, and for as long as this manager
/// runs: over a restart of it <c>ifGeneration</c> is what protects. What was refused is forgotten, since nothing was done.
/// </summary>
internal sealed class IdempotencyKeys
{
    public const int LongestKey = 200;
    private const int MostKept = 1000;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<Key, Asked> _asked = [];

    /// <summary>A key that a header may carry: visible characters, not too many.</summary>
    public static bool IsKey(string text) => text.Length is > 0 and <= LongestKey && text.All(c => c is > ' ' and <= '~');

    /// <summary>The switchover that this key began, or begins now.</summary>
    /// <param name="body">What is asked for, in full.</param>
    /// <returns>Null when the key belongs to another body.</returns>
    public Task<SwitchoverOutcome>? Join(Key key, string body, Func<Task<SwitchoverOutcome>> begin)
    {
        Asked asked;
        lock (_lock)
        {
            if (_asked.TryGetValue(key, out var before))
            {
                return before.Body == body ? before.Outcome : null;
            }

            // It begins by itself, not under this lock.
            asked = new Asked(body, Task.Run(begin));
            _asked.Add(key, asked);
            if (_asked.Count > MostKept)
            {
                _asked.RemoveAt(0);
            }
        }

        _ = RemoveIfRefusedAsync(key, asked);
        return asked.Outcome;
    }

    private async Task RemoveIfRefusedAsync(Key key, Asked asked)
    {
        // Whoever waits for it sees what became of it.
        await asked.Outcome.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (asked.Outcome is { IsCompletedSuccessfully: true, Result: not SwitchoverOutcome.Refused })
        {
            return;
        }

        lock (_lock)
        {
            if (_asked.TryGetValue(key, out var present) && present == asked)
            {
                _asked.Remove(key);
            }
        }
    }

    /// <param name="By">Two callers' keys are two keys.</param>
    public readonly record struct Key(string Switch, string By, string Text);

    private sealed record Asked(string Body, Task<SwitchoverOutcome> Outcome);
}
