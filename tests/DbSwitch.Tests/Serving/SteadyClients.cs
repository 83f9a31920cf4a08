using System.Collections.Concurrent;

namespace DbSwitch.Tests.Serving;

/// <summary>Clients that go on and on while something happens: one with an open session, and new ones all the time.</summary>
internal sealed class SteadyClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task _running;
    private readonly string _database;
    private readonly int _port;
    private int _answers;

    /// <param name="database">Whose answers are right.</param>
    public SteadyClients(int port, string database)
    {
        (_port, _database) = (port, database);
        _running = Task.WhenAll(KeepAskingAsync(), AskAnewAsync());
    }

    public int Answers => Volatile.Read(ref _answers);

    /// <summary>What went wrong, from any client.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Waits until a number of answers came from now on.</summary>
    public Task MoreAnswersAsync(int count)
    {
        var before = Answers;
        return Until.TrueAsync($"{count} answers", () => Answers >= before + count || !_failures.IsEmpty);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_running.IsCompleted)
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }
    }

    private async Task KeepAskingAsync()
    {
        using var client = new DbClient(_port);
        while (!_stop.IsCancellationRequested)
        {
            Count("open session", await client.AskAsync("again"));
            await Task.Delay(10);
        }
    }

    private async Task AskAnewAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Count("new client", await DbClient.AskOnceAsync(_port, "new"));
            await Task.Delay(10);
        }
    }

    private void Count(string who, DbAnswer answer)
    {
        if (answer.Line?.StartsWith(_database + " ", StringComparison.Ordinal) == true)
        {
            Interlocked.Increment(ref _answers);
        }
        else
        {
            _failures.Enqueue($"{who}: {answer}");
        }
    }
}
