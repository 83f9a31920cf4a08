namespace HaproxyRuntime;

/// <summary>What differs between the versions of HAProxy as far as the Runtime API is concerned. <see cref="HaproxyCapabilities"/> says what a version has.</summary>
public enum HaproxyFeature
{
    /// <summary><c>add server</c>.</summary>
    AddServer,

    /// <summary>Health checks and agent checks on servers that were added at run time.</summary>
    AddServerChecks,

    /// <summary>TLS on servers that were added at run time.</summary>
    AddServerTls,

    /// <summary><c>init-state</c> of <c>add server</c>: which state a server has until its first check.</summary>
    AddServerInitialState,

    /// <summary>The keyword <c>enabled</c> of <c>add server</c>, which never did what it says.</summary>
    AddServerEnabled,

    /// <summary><c>add server help</c>.</summary>
    AddServerHelp,

    /// <summary><c>del server</c>.</summary>
    DeleteServer,

    /// <summary><c>del server</c> of a server from the configuration file, not only of one that was added at run time.</summary>
    DeleteConfiguredServer,

    /// <summary><c>del server</c> closes idle connections itself, instead of refusing because of them.</summary>
    DeleteServerClosesIdle,

    /// <summary><c>wait</c>, with its condition <c>srv-removable</c>.</summary>
    Wait,

    /// <summary><c>wait</c> says why the condition was not met.</summary>
    WaitReason,

    /// <summary><c>wait … be-removable</c>.</summary>
    WaitBackendRemovable,

    /// <summary><c>add backend</c>, <c>publish backend</c>, <c>unpublish backend</c> and <c>del backend</c>.</summary>
    DynamicBackends,

    /// <summary><c>set maxconn frontend</c>.</summary>
    SetFrontendMaxconn,

    /// <summary>Making servers ready and putting them to maintenance again and again, in a backend with <c>balance leastconn</c>.</summary>
    LeastconnStateChanges,

    /// <summary>Making servers ready while clients arrive, in a backend with <c>balance roundrobin</c>.</summary>
    RoundrobinStateChanges,

    /// <summary>Ending sessions that still connect to their server (<c>shutdown session</c>, <c>shutdown sessions server</c>).</summary>
    ShutdownWhileConnecting,

    /// <summary><c>set server … addr</c> is in effect when it is answered; otherwise a task applies it a moment later.</summary>
    ImmediateAddressChange,

    /// <summary><c>show version</c>.</summary>
    ShowVersion,

    /// <summary><c>show sess older AGE</c>.</summary>
    ShowSessionsOlder,

    /// <summary><c>show sess server BACKEND/SERVER</c> and <c>show sess backend BACKEND</c>.</summary>
    ShowSessionsFilters,

    /// <summary>The columns <c>served</c> and <c>idle_sess</c> of <c>show servers conn</c>.</summary>
    ShowServersConnServed,

    /// <summary>Every answer ends with an empty line.</summary>
    EmptyLineEndsAnswer,

    /// <summary><c>prompt n</c>, <c>prompt i</c> and <c>prompt p</c>: interactive mode without a prompt.</summary>
    PromptVariants,

    /// <summary>All commands of a line are executed although the client has closed its side without reading an answer.</summary>
    SendAndClose,

    /// <summary>A line of more than 64 words is refused, instead of being cut there.</summary>
    TooManyWordsRefused,

    /// <summary>The master's <c>reload</c> answers whether the new configuration was loaded, with what it said.</summary>
    MasterReloadResult,
}
