namespace DbSwitch.Benchmarks;

/// <summary>Clients that ask one question per connection, again and again, and others whose session stays open until it is cut, and is then opened anew.</summary>
internal sealed class ReconnectingClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _answered;
    private int _failed;

    /// <param name="open">How many sessions stay open.</param>
    public ReconnectingClients(int port, int count, int open) =>
        _running = Task.WhenAll([.. Enumerable.Range(0, count).Select(_ => Task.Run(() => ReconnectAsync(port))), .. Enumerable.Range(0, open).Select(_ => Task.Run(() => StayAsync(port)))]);

    /// <summary>Of those that reconnect.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>New connections without an answer.</summary>
    public int Failed => Volatile.Read(ref _failed);

    public Task MoreAsync(int count)
    {
        var before = Answered;
        return Until.TrueAsync($"{count} answers", () => Answered >= before + count);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task ReconnectAsync(int port)
    {
        while (!_stop.IsCancellationRequested)
        {
            var answer = await DbClient.AskOnceAsync(port, "x", TimeSpan.FromSeconds(15));
            Interlocked.Increment(ref answer.Line is null ? ref _failed : ref _answered);
        }
    }

    private async Task StayAsync(int port)
    {
        while (!_stop.IsCancellationRequested)
        {
            using var client = new DbClient(port, TimeSpan.FromSeconds(15));
            while (!_stop.IsCancellationRequested && (await client.AskAsync("open")).Line is not null)
            {
                await Task.Delay(50);
            }
        }
    }
}
