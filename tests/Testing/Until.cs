using System.Diagnostics;

namespace DbSwitch.Testing;

/// <summary>Waits for something that another process does, of which nobody tells us.</summary>
public static class Until
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks again and again until the answer is yes. Fails with the description when it never is.</summary>
    /// <param name="what">The end of "waited for ".</param>
    /// <param name="isSo">May throw nothing.</param>
    /// <param name="seconds">How long it may take at most; a good day needs a hundredth of it.</param>
    public static async Task TrueAsync(string what, Func<Task<bool>> isSo, double seconds = 10)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (watch.Elapsed.TotalSeconds > seconds)
            {
                throw new TimeoutException($"Waited {seconds} s in vain for {what}.");
            }

            await Task.Delay(s_interval);
        }
    }

    /// <inheritdoc cref="TrueAsync(string, Func{Task{bool}}, double)"/>
    public static Task TrueAsync(string what, Func<bool> isSo, double seconds = 10) => TrueAsync(what, () => Task.FromResult(isSo()), seconds);
}
