namespace HaproxyRuntime;

/// <summary>
/// The commands of one HAProxy's Runtime API, over a connection of its own each (<see cref="RuntimeClient"/>) or a kept-open one (<see cref="RuntimeSession"/>).
/// Every method throws <see cref="RuntimeApiException"/> for trouble with the proxy and <see cref="ArgumentException"/> for a name or value that must not be sent.
/// </summary>
public abstract partial class RuntimeApi(RuntimeEndpoint endpoint, RuntimeOptions options)
{
    private protected RuntimeOptions Options { get; } = options;

    /// <summary>Where it listens.</summary>
    public RuntimeEndpoint Endpoint { get; } = endpoint;

    /// <summary>Sends one command, once, and gives its complete answer, without the empty line that ends it (management guide section 9.3).</summary>
    /// <exception cref="RuntimeApiException">
    /// There was no complete answer. Or, before a byte of the command was sent, this version lacks it (<see cref="RuntimeApiError.NotSupported"/>) or is harmed by it (<see cref="RuntimeApiError.Dangerous"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled. When the command was on its way already, HAProxy may still execute it.</exception>
    public abstract Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default);

    /// <summary>Sends a command that changes state and says how HAProxy took it.</summary>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Unexpected"/> when the answer is none that is known, or another command's.</exception>
    public async Task<CommandResult> ChangeAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var answer = await ExecuteAsync(command, cancel).ConfigureAwait(false);
        var result = Parse(command, answer, CommandResult.Parse);
        return !result.Succeeded || command.Success is not { } success || result.Outcome == success || (result.Outcome == CommandOutcome.NothingChanged && command.MayChangeNothing)
            ? result
            : throw new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, command, $"\"{result.Answer}\" is the answer to another command", answer);
    }

    private protected T Parse<T>(RuntimeCommand command, string answer, Func<string, T> parse)
    {
        try
        {
            return parse(answer);
        }
        catch (FormatException e)
        {
            throw CommandResult.Recognize(answer) is { Succeeded: false } known
                ? new RuntimeApiException(RuntimeApiError.Refused, Endpoint, command, known.Answer, answer, e)
                : new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, command, $"the answer is not one of HAProxy's ({e.Message})", answer, e);
        }
    }
}
