namespace HaproxyRuntime;

/// <summary>How HAProxy took a command.</summary>
public enum CommandOutcome
{
    /// <summary>Done (most commands say so by saying nothing).</summary>
    Done,

    /// <summary><c>add server</c>: registered, in maintenance.</summary>
    Registered,

    /// <summary><c>del server</c>: gone.</summary>
    Deleted,

    /// <summary><c>set server … addr</c>: accepted; from HAProxy 2.9 on it is applied a moment later.</summary>
    AddressChanged,

    /// <summary>It was so already.</summary>
    NothingChanged,

    /// <summary>A server of that name is there already.</summary>
    AlreadyExists,

    /// <summary>The server still has connections and can't be deleted yet.</summary>
    StillHasConnections,

    /// <summary>Only servers in maintenance can be deleted.</summary>
    NotInMaintenance,

    /// <summary>Other parts of the configuration file point at the server: it can never be deleted at run time.</summary>
    PinnedByConfiguration,

    /// <summary>No such server.</summary>
    NoSuchServer,

    /// <summary>No such backend.</summary>
    NoSuchBackend,

    /// <summary>No such session.</summary>
    NoSuchSession,

    /// <summary>The backend balances with an algorithm that can't take servers at run time.</summary>
    StaticBalancing,

    /// <summary>The backend is of a worker that is stopping (after a reload): nothing can be changed in it this way.</summary>
    ProxyIsDisabled,

    /// <summary>The connection's level is below what the command needs.</summary>
    PermissionDenied,

    /// <summary>This HAProxy does not know the command.</summary>
    UnknownCommand,

    /// <summary>The command needs <c>experimental-mode on</c>.</summary>
    ExperimentalOnly,

    /// <summary>Refused for another reason: the answer has it.</summary>
    Refused,
}
