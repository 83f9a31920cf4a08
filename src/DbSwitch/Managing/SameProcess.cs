using HaproxyRuntime;

namespace DbSwitch.Managing;

/// <summary>Whether one HAProxy process answers at two addresses: then a Runtime API has only got another address, and nothing goes out of sight.</summary>
internal static class SameProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>False also where that can't be found out.</returns>
    public static async Task<bool> AnswersAtAsync(string one, string other, TimeProvider time, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            var asking = AskAsync(one, either.Token);
            var (first, second) = (await asking.ConfigureAwait(false), await AskAsync(other, either.Token).ConfigureAwait(false));
            return (first.Pid, first.StartTime) == (second.Pid, second.StartTime);
        }
        catch (Exception e) when (e is RuntimeApiException or FormatException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    private static Task<ProcessInfo> AskAsync(string address, CancellationToken cancel) => new RuntimeClient(RuntimeEndpoint.Parse(address)).ShowInfoAsync(cancel);
}
