using System.Runtime.CompilerServices;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.Client;

/// <summary>The manager's events (server-sent, HTML Living Standard 9.2), one after the other. What happens from the moment on at which it was opened is in it.</summary>
internal sealed class EventStream(HttpResponseMessage response, Stream body) : IDisposable
{
    /// <summary>The manager sends something every 15 s, if only that it is there.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(40);

    private readonly StreamReader _lines = new(body);

    /// <summary>Ends when the manager does.</summary>
    /// <exception cref="CommandException">The connection broke, or nothing comes any more.</exception>
    public async IAsyncEnumerable<ManagerEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var (kind, id, data) = ("message", (string?)null, (string?)null);
        while (await NextLineAsync(cancel) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is { Length: > 0 })
                {
                    yield return new ManagerEvent(kind, id, data);
                }

                (kind, id, data) = ("message", null, null);
                continue;
            }

            // A field's name, a colon, and its value behind one blank that may be left out. Several lines of data are one text of several lines.
            var (name, value) = line.Split(':', 2) is [var before, var after] ? (before, after.StartsWith(' ') ? after[1..] : after) : (line, "");
            switch (name)
            {
                case "event":
                    kind = value;
                    break;
                case "id":
                    id = value;
                    break;
                case "data":
                    data = data is null ? value : $"{data}\n{value}";
                    break;
                default:
                    // A comment, or how soon to come back: nothing that happened.
                    break;
            }
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        response.Dispose();
    }

    private async Task<string?> NextLineAsync(CancellationToken cancel)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        silence.CancelAfter(LongestSilence);
        try
        {
            return await _lines.ReadLineAsync(silence.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Unreachable, $"The manager has been silent for {LongestSilence.TotalSeconds:0} s: it hangs, or is stopped.", e);
        }
        catch (IOException e)
        {
            throw new CommandException(ExitCode.Unreachable, "The manager has gone.", e);
        }
    }
}
