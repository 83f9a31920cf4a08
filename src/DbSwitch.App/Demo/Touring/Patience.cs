namespace DbSwitch.App.Demo.Touring;

/// <summary>How long a tour waits for something to become so.</summary>
internal sealed class Patience(TimeProvider clock, TimeSpan deadline)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    /// <exception cref="TourException">It did not, in time; with what was seen instead.</exception>
    public async Task UntilAsync(Func<bool> isSo, string expected, Func<string> received, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        while (!isSo())
        {
            if (clock.GetElapsedTime(began) > deadline)
            {
                throw new TourException($"{expected} within {deadline.TotalSeconds:0} s", received());
            }

            await Task.Delay(Pace, clock, cancel);
        }
    }
}
