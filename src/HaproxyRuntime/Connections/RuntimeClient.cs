namespace HaproxyRuntime;

/// <summary>
/// A Runtime API over a connection of its own for each command. Thread-safe; holds nothing open. A command that depends on the version asks for it first, on the
/// same connection: another process may be behind the socket tomorrow, but not behind this connection.
/// </summary>
/// <param name="endpoint">Where it listens.</param>
/// <param name="options">Deadlines and limits, or null for the defaults.</param>
public sealed class RuntimeClient(RuntimeEndpoint endpoint, RuntimeOptions? options = null) : RuntimeApi(endpoint, options ?? new RuntimeOptions())
{
    // HAProxy closes after the last answer of a line, but so does a process that dies. So the command is sent in interactive mode: a prompt before the
    // answer, and another behind it, which only a complete answer has. Each on a line of its own: from 3.2 on, commands that share a line share one prompt.
    private const string Before = "prompt\n";
    private const string Behind = "\nquit\n";

    /// <inheritdoc/>
    public override async Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var connection = await Transport.ConnectAsync(Endpoint, Options, cancel).ConfigureAwait(false);
        var patience = Options.AnswerTimeout == Timeout.InfiniteTimeSpan ? Options.AnswerTimeout : Options.AnswerTimeout + command.Waits;
        using (var exchange = new ClientExchange(Endpoint, connection, Options, patience, cancel))
        {
            var lines = Before;
            if (command.Needs.Count > 0 && !Options.IgnoreCompatibility)
            {
                var experimental = await AskForVersionAsync(exchange, command).ConfigureAwait(false);
                lines = experimental ? CompatibilityJudge.ExperimentalMode.Text + "\n" : "";
            }

            await exchange.SendAsync(command, lines + command.Text + Behind, answers: lines.Length > 0 ? 2 : 1).ConfigureAwait(false);
            return await exchange.LastAnswerAsync(command).ConfigureAwait(false);
        }
    }

    private async Task<bool> AskForVersionAsync(ClientExchange exchange, RuntimeCommand command)
    {
        await exchange.SendAsync(RuntimeCommand.ShowInfo, Before + RuntimeCommand.ShowInfo.Text + "\n", answers: 2).ConfigureAwait(false);
        var answer = await exchange.NextAnswerAsync(RuntimeCommand.ShowInfo).ConfigureAwait(false);
        return CompatibilityJudge.NeedsExperimentalMode(command, Parse(RuntimeCommand.ShowInfo, answer, ProcessInfo.Parse).Version, Endpoint);
    }
}
