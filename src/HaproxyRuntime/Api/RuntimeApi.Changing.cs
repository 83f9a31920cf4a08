using System.Net;

namespace HaproxyRuntime;

/// <content>What takes more than one question, or has an answer of its own kind.</content>
public abstract partial class RuntimeApi
{
    private static readonly TimeSpan s_betweenReadings = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// <c>wait DURATION srv-removable BACKEND/SERVER</c>, from HAProxy 3.0 on (management guide section 9.3): answers when nothing keeps the server from being deleted any more. On 3.0 it may say
    /// so although clients are in turn-around: <c>show sess</c> alone tells who is there.
    /// </summary>
    /// <param name="backend">Its backend.</param>
    /// <param name="server">Its name, in maintenance.</param>
    /// <param name="atMost">1 ms to 24 days; the deadline of the exchange is extended by it.</param>
    /// <param name="cancel">Ends the waiting on our side; HAProxy goes on until its time is up or the connection ends.</param>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.NotSupported"/> before 3.0 and over a master socket.</exception>
    public async Task<WaitResult> WaitUntilRemovableAsync(string backend, string server, TimeSpan atMost, CancellationToken cancel = default)
    {
        var command = RuntimeCommand.WaitUntilRemovable(backend, server, atMost);
        return Parse(command, await ExecuteAsync(command, cancel).ConfigureAwait(false), WaitResult.Parse);
    }

    /// <summary><c>set server … addr</c>, and then <c>show servers state</c> again and again until the new address is in effect: from HAProxy 2.9 on a task applies it a moment after the answer.</summary>
    /// <returns>HAProxy's answer. The address is in effect when it succeeded, and nothing was read back when it was refused.</returns>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.TimedOut"/> when it is not in effect within <see cref="RuntimeOptions.AnswerTimeout"/>: it may be later.</exception>
    public async Task<CommandResult> SetServerAddressAndReadBackAsync(string backend, string server, IPEndPoint address, CancellationToken cancel = default)
    {
        var command = RuntimeCommand.SetServerAddress(backend, server, address);
        var result = await ChangeAsync(command, cancel).ConfigureAwait(false);
        for (var since = Options.Time.GetTimestamp(); result.Succeeded;)
        {
            var servers = await ShowServersStateAsync(backend, cancel).ConfigureAwait(false);
            if (servers.Any(s => s.Name == server && s.Port == address.Port && address.Address.Equals(s.Address)))
            {
                break;
            }

            if (Options.AnswerTimeout != Timeout.InfiniteTimeSpan && Options.Time.GetElapsedTime(since) > Options.AnswerTimeout)
            {
                throw new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, command, $"the new address was not in effect within {Options.AnswerTimeout.TotalSeconds:0.###} s", result.Answer);
            }

            await Task.Delay(s_betweenReadings, Options.Time, cancel).ConfigureAwait(false);
        }

        return result;
    }
}
