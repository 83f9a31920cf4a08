namespace HaproxyRuntime;

/// <content>The commands that change frontends and the whole process (management guide section 9.3); all but <see cref="ClearCounters"/> need the level <c>admin</c>.</content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>clear counters</c>: the maxima only. Needs the level <c>operator</c>.</summary>
    public static RuntimeCommand ClearCounters { get; } = new("clear counters", true, CommandOutcome.Done);

    /// <summary><c>clear counters all</c>: all that <c>show stat</c> counts.</summary>
    public static RuntimeCommand ClearAllCounters { get; } = new("clear counters all", true, CommandOutcome.Done);

    /// <summary><c>enable frontend FRONTEND</c>: listens again.</summary>
    public static RuntimeCommand EnableFrontend(string frontend) => new("enable frontend " + Name(frontend), true, CommandOutcome.Done) { MayChangeNothing = true };

    /// <summary><c>disable frontend FRONTEND</c>: refuses new connections until it is enabled; those that wait to be accepted are reset.</summary>
    public static RuntimeCommand DisableFrontend(string frontend) => new("disable frontend " + Name(frontend), true, CommandOutcome.Done) { MayChangeNothing = true };

    /// <summary><c>shutdown frontend FRONTEND</c>: gives up its sockets for good. Nothing but a reload or a restart brings it back.</summary>
    public static RuntimeCommand ShutdownFrontend(string frontend) => new("shutdown frontend " + Name(frontend), true, CommandOutcome.Done) { MayChangeNothing = true };

    /// <summary><c>set maxconn frontend FRONTEND N</c>: new connections beyond it wait in the kernel's queue. Refused where it kills the process (<see cref="HaproxyFeature.SetFrontendMaxconn"/>).</summary>
    /// <param name="frontend">Its name.</param>
    /// <param name="connections">0 (all wait) or more.</param>
    public static RuntimeCommand SetFrontendMaxconn(string frontend, int connections) =>
        new($"set maxconn frontend {Name(frontend)} {Number(connections, 0, int.MaxValue)}", true, CommandOutcome.Done);

    /// <summary><c>set maxconn global N</c>.</summary>
    /// <param name="connections">1 to the process's <c>Hard_maxconn</c> (<c>show info</c>), or 0 for that.</param>
    public static RuntimeCommand SetGlobalMaxconn(int connections) => new("set maxconn global " + Number(connections, 0, int.MaxValue), true, CommandOutcome.Done);

    /// <summary><c>set timeout cli SECONDS</c>: how long this connection may be silent, on a kept-open session instead of <c>stats timeout</c> (10 s unless configured).</summary>
    /// <param name="timeout">1 s to 24 days, in whole seconds.</param>
    public static RuntimeCommand SetCliTimeout(TimeSpan timeout) =>
        timeout >= TimeSpan.FromSeconds(1) && timeout <= LongestDuration
            ? new("set timeout cli " + Number((int)timeout.TotalSeconds, 1, int.MaxValue), true, CommandOutcome.Done)
            : throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The timeout must be 1 s to 24 days.");
}
