namespace HaproxyRuntime;

/// <summary>What went wrong between us and a Runtime API.</summary>
public enum RuntimeApiError
{
    /// <summary>No connection could be made: nothing was sent.</summary>
    Unreachable,

    /// <summary>The deadline passed before the answer was complete. HAProxy may still execute the command later.</summary>
    TimedOut,

    /// <summary>The connection ended before the answer was complete.</summary>
    CutShort,

    /// <summary>The answer is longer than <see cref="RuntimeOptions.MaximumAnswerBytes"/>.</summary>
    TooLong,

    /// <summary>HAProxy answered completely, and refused.</summary>
    Refused,

    /// <summary>HAProxy answered completely, with something that this command's answers never are.</summary>
    Unexpected,

    /// <summary>This version of HAProxy lacks what the command needs (<see cref="RuntimeApiException.Support"/>): nothing of it was sent.</summary>
    NotSupported,

    /// <summary>The command is dangerous on this version of HAProxy (<see cref="RuntimeApiException.Support"/>): nothing of it was sent.</summary>
    Dangerous,

    /// <summary>The master has no such process (any more): an old worker has left, with all its sessions. Whatever it may have got is undone by that.</summary>
    NoSuchProcess,
}

/// <summary>Trouble with a Runtime API: which kind, with which command, and what was answered.</summary>
public sealed class RuntimeApiException : Exception
{
    /// <summary>Creates the exception; its message is made of the parts.</summary>
    public RuntimeApiException(RuntimeApiError error, RuntimeEndpoint endpoint, RuntimeCommand? command, string problem, string? answer = null, Exception? inner = null)
        : base(Describe(endpoint, command, problem), inner)
    {
        Error = error;
        Endpoint = endpoint;
        Command = command;
        Problem = problem;
        Answer = answer;
    }

    /// <summary>Creates the exception for a command that was not sent to this version.</summary>
    public RuntimeApiException(RuntimeApiError error, FeatureSupport support, RuntimeEndpoint endpoint, RuntimeCommand command, string problem)
        : this(error, endpoint, command, problem) => Support = support;

    /// <summary>The kind of trouble.</summary>
    public RuntimeApiError Error { get; }

    /// <summary>Whose Runtime API.</summary>
    public RuntimeEndpoint Endpoint { get; }

    /// <summary>The command, or null when there was trouble before one was sent.</summary>
    public RuntimeCommand? Command { get; }

    /// <summary>What is wrong, without the endpoint and the command.</summary>
    public string Problem { get; }

    /// <summary>What was answered, or null; of an incomplete answer its beginning, as far as it came.</summary>
    public string? Answer { get; }

    /// <summary>How this version has what the command needs, and which version has it better; null but for <see cref="RuntimeApiError.NotSupported"/> and <see cref="RuntimeApiError.Dangerous"/>.</summary>
    public FeatureSupport? Support { get; }

    /// <summary>What HAProxy's refusal means, when it is one of its known sentences. Null for an answer that is not complete, whatever it begins with.</summary>
    public CommandOutcome? Outcome => Error == RuntimeApiError.Refused && Answer is not null ? CommandResult.Recognize(Answer)?.Outcome : null;

    /// <summary>
    /// True when a command that changes state may or may not have been executed, or may yet be:
    /// HAProxy executes what it has received even when nobody waits for the answer any more. An unexpected answer counts: it may be another command's.
    /// </summary>
    public bool OutcomeIsUnknown => Command is { ChangesState: true } && Error is RuntimeApiError.TimedOut or RuntimeApiError.CutShort or RuntimeApiError.TooLong or RuntimeApiError.Unexpected;

    /// <summary>True when the same command may succeed later and sending it again cannot do harm.</summary>
    public bool CanRetry => Error == RuntimeApiError.Unreachable || (!OutcomeIsUnknown && Error is RuntimeApiError.TimedOut or RuntimeApiError.CutShort);

    private static string Describe(RuntimeEndpoint endpoint, RuntimeCommand? command, string problem) =>
        command is null ? $"{endpoint}: {problem}" : $"{endpoint}: \"{command}\": {problem}";
}
