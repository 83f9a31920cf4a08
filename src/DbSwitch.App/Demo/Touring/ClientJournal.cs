using System.Globalization;

namespace DbSwitch.App.Demo.Touring;

/// <summary>What the client sent and received, from the first hello on: the one witness that the tour believes.</summary>
internal sealed class ClientJournal
{
    private const string Sending = "sending: hello ";

    private readonly Lock _changing = new();
    private readonly List<Hello> _hellos = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many hellos were sent: a place to look on from.</summary>
    public int Count
    {
        get
        {
            lock (_changing)
            {
                return _hellos.Count;
            }
        }
    }

    /// <summary>Takes in a line that the client printed.</summary>
    public void Take(string line, long time)
    {
        TaskCompletionSource changed;
        lock (_changing)
        {
            if (line.StartsWith(Sending, StringComparison.Ordinal) && int.TryParse(line.AsSpan(Sending.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                ChangeLast(last => last with { Over = true });
                _hellos.Add(new Hello(number, time));
            }
            else
            {
                ChangeLast(last => last with { Answer = line, Answered = time, Over = true });
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    public IReadOnlyList<Hello> Since(int place)
    {
        lock (_changing)
        {
            return [.. _hellos.Skip(place)];
        }
    }

    /// <summary>Waits until what was sent from a place on is as asked for.</summary>
    /// <returns>What was sent from there on; whether it is as asked for is for the caller to see, since the deadline may have passed.</returns>
    public async Task<IReadOnlyList<Hello>> WaitAsync(int place, Func<IReadOnlyList<Hello>, bool> isSo, TimeSpan deadline, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(deadline);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        while (true)
        {
            Task next;
            lock (_changing)
            {
                next = _changed.Task;
            }

            var hellos = Since(place);
            if (isSo(hellos))
            {
                return hellos;
            }

            try
            {
                await next.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return Since(place);
            }
        }
    }

    private void ChangeLast(Func<Hello, Hello> change)
    {
        if (_hellos.Count > 0)
        {
            _hellos[^1] = change(_hellos[^1]);
        }
    }
}
