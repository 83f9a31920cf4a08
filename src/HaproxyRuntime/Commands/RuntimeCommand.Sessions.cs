namespace HaproxyRuntime;

/// <content>The commands that end sessions (management guide section 9.3); all need the level <c>admin</c>.</content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>shutdown sessions server BACKEND/SERVER</c>: asynchronous; it marks, the streams end a moment later.</summary>
    public static RuntimeCommand ShutdownServerSessions(string backend, string server) => new("shutdown sessions server " + Server(backend, server), true, CommandOutcome.Done);

    /// <summary><c>shutdown session ID</c>.</summary>
    /// <param name="id">As <c>show sess</c> prints it: <c>0x</c> and hexadecimal digits.</param>
    public static RuntimeCommand ShutdownSession(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return IsSessionId(id)
            ? new RuntimeCommand("shutdown session " + id, true, CommandOutcome.Done)
            : throw new ArgumentException($"\"{id}\" is not a session's id as \"show sess\" prints it.", nameof(id));
    }
}
