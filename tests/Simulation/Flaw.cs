namespace DbSwitch.Simulation;

/// <summary>A manager that was built wrong, on purpose: the simulation must find each of these out.</summary>
public enum Flaw
{
    /// <summary>As it is shipped.</summary>
    None,

    /// <summary>Lets clients in before the others are fenced.</summary>
    ActivatesBeforeTheFence,

    /// <summary>Believes the counters, which do not count a client that waits to be tried again.</summary>
    TrustsCounters,

    /// <summary>Takes a list of sessions that was cut short for a short list.</summary>
    TrustsAnEmptyAnswer,

    /// <summary>Thinks that a reload leaves nothing over.</summary>
    IgnoresOldWorkers,

    /// <summary>Thinks that an old worker without a session to the old target is done with.</summary>
    ForgetsSilentClients,

    /// <summary>Goes on after a command that was not answered, and sends it again.</summary>
    SendsAgainOnTimeout,

    /// <summary>Commits when one proxy is fenced.</summary>
    CommitsTooEarly,

    /// <summary>Selects <c>initial:</c> whenever its store is empty.</summary>
    InitialOverLivingProxies,

    /// <summary>Does not ask what generation a proxy has heard of.</summary>
    IgnoresTheGeneration,

    /// <summary>Gives a server another address while clients still reach it.</summary>
    MovesWithoutAFence,

    /// <summary>Thinks that a proxy that was waived once is waived for ever.</summary>
    WaivesForEver,

    /// <summary>Thinks that a held proxy, in which sessions go on, is a fenced one.</summary>
    TakesAHoldForAFence,

    /// <summary>Promotes a replica while clients can still write to its primary.</summary>
    PromotesWithoutClosing,

    /// <summary>Promotes a replica that has not all of its primary.</summary>
    PromotesTooEarly,

    /// <summary>The phases of a switchover in a wrong order: the selection changes before anything is fenced.</summary>
    CommitsBeforeTheFence,

    /// <summary>The phases of a switchover in a wrong order: clients are let in before the fence is proven.</summary>
    ActivatesBeforeTheProof,

    /// <summary>Takes a switchover back without a generation of its own.</summary>
    UndoesWithoutANewGeneration,
}
