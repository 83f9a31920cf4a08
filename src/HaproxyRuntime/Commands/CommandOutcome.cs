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

    /// <summary><c>add backend</c>: registered, unpublished.</summary>
    BackendRegistered,

    /// <summary><c>publish backend</c>: rules may choose it.</summary>
    Published,

    /// <summary><c>unpublish backend</c>: no rule chooses it any more.</summary>
    Unpublished,

    /// <summary><c>del backend</c>: gone.</summary>
    BackendDeleted,

    /// <summary>It was so already.</summary>
    NothingChanged,

    /// <summary>A server (or, for <c>add backend</c>, a proxy) of that name is there already.</summary>
    AlreadyExists,

    /// <summary><c>add server</c>: another server of the backend has the id that was asked for.</summary>
    IdIsTaken,

    /// <summary>The server or backend still has connections and can't be deleted yet.</summary>
    StillHasConnections,

    /// <summary>Only servers in maintenance can be deleted.</summary>
    NotInMaintenance,

    /// <summary>Only unpublished backends can be deleted.</summary>
    NotUnpublished,

    /// <summary>Only backends without servers can be deleted.</summary>
    StillHasServers,

    /// <summary>Other parts of the configuration file point at the server or backend, or it is of a kind that stays: it can never be deleted at run time.</summary>
    PinnedByConfiguration,

    /// <summary>No such server.</summary>
    NoSuchServer,

    /// <summary>No such backend.</summary>
    NoSuchBackend,

    /// <summary>No such frontend.</summary>
    NoSuchFrontend,

    /// <summary>No such session.</summary>
    NoSuchSession,

    /// <summary>No such map or ACL, or it is no file's: its patterns are written in the configuration.</summary>
    NoSuchMap,

    /// <summary>The map or ACL has no such key.</summary>
    NoSuchKey,

    /// <summary>No such stick table.</summary>
    NoSuchTable,

    /// <summary>No such <c>defaults</c> section.</summary>
    NoSuchDefaults,

    /// <summary>The server has no health check, or no agent check, that the command could be about.</summary>
    NoCheck,

    /// <summary>The server's name is not resolved at run time: it has no <c>resolvers</c>.</summary>
    NoResolution,

    /// <summary>The frontend was shut down, which nothing undoes.</summary>
    FrontendIsShutDown,

    /// <summary>A value is not one that HAProxy takes here.</summary>
    InvalidValue,

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

    /// <summary>The command needs <c>expert-mode on</c>.</summary>
    ExpertOnly,

    /// <summary>Refused for another reason: the answer has it.</summary>
    Refused,
}
