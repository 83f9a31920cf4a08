using System.Text.Json.Serialization;

namespace DbSwitch.App.Contracts;

/// <summary>One switch, as the API shows it.</summary>
/// <param name="State">ok, working, held (new connections wait, by somebody's word), paused, undecided (not every proxy has been seen yet), needs-person, trouble.</param>
/// <param name="Problems">What is wrong, each a sentence that says where and what to do.</param>
public sealed record SwitchView(
    string Name,
    string Backend,
    string State,
    SelectionView? Selection,
    PauseView? Pause,
    HoldView? Hold,
    SwitchoverView? Running,
    IReadOnlyList<TargetView> Targets,
    IReadOnlyList<ProxyView> Proxies,
    IReadOnlyList<string> Problems)
{
    /// <summary>What clients experience now.</summary>
    public ClientsView Clients { get; init; } = new("unknown", "");

    /// <summary>The same as Problems, for programs, and with the lines to paste.</summary>
    public IReadOnlyList<SwitchFindingView> Findings { get; init; } = [];
}

/// <param name="State">served, waiting, read-only, partly (not through every proxy), not-served, unknown.</param>
/// <param name="Sentence">Without its full stop.</param>
public sealed record ClientsView(string State, string Sentence);

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Code">two-primaries, no-replica, not-rejoined, selected-down, …</param>
/// <param name="Severity">warning (clients are served), error.</param>
/// <param name="About">The target or the proxy; empty for the whole switch.</param>
/// <param name="Remedy">What to do, and what to type; may be empty.</param>
/// <param name="Steps">Lines to paste, those that begin with # for people; empty for none.</param>
public sealed record SwitchFindingView(string Code, string Severity, string About, string Sentence, string Remedy, IReadOnlyList<string> Steps);

/// <param name="Target">Null for none.</param>
public sealed record SelectionView(string? Target, long Generation, DateTimeOffset Since, string By, string Reason);

public sealed record PauseView(string By, string Reason, DateTimeOffset Since);

/// <param name="Until">When new connections go on at the latest.</param>
public sealed record HoldView(string By, string Reason, DateTimeOffset Since, DateTimeOffset Until);

/// <param name="Address">As configured.</param>
/// <param name="ResolvedAddress">The IP address and port in use, or null while none is known.</param>
public sealed record TargetView(string Switch, string Name, string Address, string? ResolvedAddress, bool Selected, string? Problem)
{
    /// <summary>tcp, …</summary>
    public string Kind { get; init; } = "tcp";

    /// <summary>The latest look at its database; null before the first, and until it is asked again after a switchover.</summary>
    public ProbeView? Probe { get; init; }

    /// <summary>It was not asked again yet since the last switchover.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>What a switchover to it would ask for, as of the latest look; empty for the selected one. In the answer of /targets all of it, elsewhere what has not passed.</summary>
    public IReadOnlyList<GuardView> Guards { get; init; } = [];
}

/// <param name="State">healthy, unhealthy, unknown.</param>
/// <param name="Reason">Why it is not healthy; null when it is.</param>
/// <param name="Summary">What it is, in one line; empty where nothing is known but that it answers.</param>
/// <param name="Since">Since when it is so, for the same reason.</param>
public sealed record ProbeView(string State, string? Reason, string Summary, DateTimeOffset Since)
{
    /// <summary>How long it took to answer. What changes with each look is in the answer of /targets alone, and no news of its switch.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>When it was looked at; /targets alone.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>All that its kind tells, by name; /targets alone.</summary>
    public IReadOnlyDictionary<string, string>? Facts { get; init; }
}

/// <summary>One condition of a switchover.</summary>
/// <param name="Verdict">passed, failed, unknown (which refuses like failed).</param>
/// <param name="Words">What was found.</param>
/// <param name="Override">How an operator who knows better passes it over.</param>
public sealed record GuardView(string Name, string Verdict, string Words, string Override);

/// <summary>One proxy's backend of one switch.</summary>
/// <param name="State">ok, working, paused, unknown, trouble.</param>
/// <param name="Problem">Why it is not as it should be, or null.</param>
/// <param name="Withheld">What would be done, were the switch not paused.</param>
public sealed record ProxyView(
    string Switch,
    string Name,
    string Api,
    string State,
    string? Version,
    int? Pid,
    IReadOnlyList<ServerView> Servers,
    string? Problem,
    IReadOnlyList<string> Withheld)
{
    /// <summary>New connections that wait in its hold; null where the companion script is not loaded.</summary>
    public int? Waiting { get; init; }

    /// <summary>Processes that a reload has left over and that still have something to end.</summary>
    public IReadOnlyList<int> OldWorkers { get; init; } = [];
}

/// <param name="State">ready, maintenance, fenced (in maintenance, and proven to have no session).</param>
/// <param name="Target">The target that it stands for; null for a server that somebody else added.</param>
public sealed record ServerView(string Name, string? Address, string State, string? Target);

/// <param name="Result">running, succeeded, rolled-back, partial.</param>
public sealed record SwitchoverView(
    long Id,
    string Switch,
    long Generation,
    string? From,
    string? To,
    string By,
    string Reason,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    string Result,
    string Message,
    ReportView? Report = null)
{
    /// <summary>What the operator took upon himself; empty for nothing.</summary>
    public string Waivers { get; init; } = "";

    /// <summary>Where it is while it runs: guard, journal, pause, fence, settle, database, activate, verify; null when it has ended.</summary>
    public string? Phase { get; init; }

    /// <summary>While it fences: until when open sessions may end by themselves before they are cut.</summary>
    public DateTimeOffset? DrainsUntil { get; init; }

    /// <summary>While it fences: open sessions that are left.</summary>
    public int? SessionsLeft { get; init; }
}

/// <summary>What a switchover cost; not there while it runs, or when the manager was ended in the middle of it.</summary>
/// <param name="Milliseconds">From the request to the end.</param>
/// <param name="SessionsEnded">By themselves, within the grace.</param>
/// <param name="SessionsDrained">By themselves, after the grace and within the drain.</param>
/// <param name="ConnectionsWaited">New connections that waited; null where no proxy has the companion script.</param>
/// <param name="WaitedInVain">How many of them were closed in the end, or gave up.</param>
/// <param name="NotHeld">Proxies without the companion script, where connections that came meanwhile were closed.</param>
public sealed record ReportView(
    double Milliseconds,
    IReadOnlyList<PhaseView> Phases,
    int SessionsEnded,
    int SessionsDrained,
    int SessionsCut,
    long? ConnectionsWaited,
    long? WaitedInVain,
    double? LongestWaitMilliseconds,
    IReadOnlyList<string> NotHeld)
{
    /// <summary>What a person should know or do now.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <param name="Phase">guard, journal, pause, fence, settle, database, activate, verify.</param>
public sealed record PhaseView(string Phase, double Milliseconds);

/// <summary>The answer to a request for another selection.</summary>
/// <param name="Outcome">succeeded, unchanged, rolled-back, partial, running (not awaited to its end), foreseen (a dry run: it would begin).</param>
/// <param name="Details">Of a dry run: what would happen, proxy by proxy. Of a switchover: what a person should know or do now.</param>
public sealed record OutcomeView(string Outcome, string Message, SwitchoverView? Switchover, IReadOnlyList<string>? Details = null)
{
    /// <summary>Of a dry run: what was asked of the target's database.</summary>
    public IReadOnlyList<GuardView>? Guards { get; init; }
}

/// <summary>Asks for another selection.</summary>
/// <param name="Target">The target's name; or leave it out and set <paramref name="None"/>.</param>
/// <param name="None">True to select none.</param>
/// <param name="Drain">Seconds that open sessions may take to end by themselves; 0 to 3600; left out for the configuration's.</param>
/// <param name="IfGeneration">Refuse unless this is the present generation.</param>
/// <param name="DryRun">Check every guard, say what would happen, and touch nothing.</param>
/// <param name="Without">Proxies that are not waited for and not proven: the operator's word that no client comes through them.</param>
/// <param name="Force">Go on although a guard of the target's database says no. What protects from two databases at once can't be forced.</param>
public sealed record SwitchoverBody(
    string? Target = null, bool None = false, double? Drain = null, string Reason = "", long? IfGeneration = null, bool DryRun = false, IReadOnlyList<string>? Without = null, bool Force = false);

/// <summary>Asks for a hold: new connections wait, open sessions go on.</summary>
/// <param name="For">Seconds after which it ends by itself; more than 0, at most 3600.</param>
public sealed record HoldBody(double For, string Reason = "");

/// <summary>One thing that is wrong with the set-up, or could be better.</summary>
/// <param name="Level">error (switching does not work, or is not safe), warning (in some fault it costs clients or leaves something unproven), note.</param>
/// <param name="Where">The proxy, target or file.</param>
/// <param name="Fix">What to do.</param>
public sealed record FindingView(string Level, string Where, string What, string Fix);

public sealed record ReasonBody(string Reason = "");

/// <param name="Message">What was done, and what clients experience now.</param>
/// <param name="Details">One line for each proxy that had something done to it.</param>
public sealed record MessageView(string Message, IReadOnlyList<string> Details);

/// <summary>One line of the manager's log.</summary>
/// <param name="Level">info, warning, error.</param>
/// <param name="Switchover">The id of the switchover that it belongs to.</param>
public sealed record LogView(DateTimeOffset Time, string Level, string? Switch, long? Generation, long? Switchover, string? Proxy, string Message);

/// <summary>What a webhook is sent, and a hook on its standard input.</summary>
/// <param name="Id">Of this notice: the same each time that it is sent again.</param>
/// <param name="Event">switchover-started, switchover-ended, held, released, paused, resumed, trouble, recovered.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="State">What the switch shows at that moment.</param>
/// <param name="Switchover">The one that it is about; null for none.</param>
public sealed record NoticeView(string Id, string Event, DateTimeOffset Time, string Switch, string Message, SwitchView State, SwitchoverView? Switchover);

/// <summary>What the targets of a switch have to do now.</summary>
/// <param name="Targets">Each target in each proxy that could be asked.</param>
public sealed record LoadView(string Switch, IReadOnlyList<TargetLoadView> Targets);

/// <param name="Sessions">Open ones, of the process that takes clients.</param>
/// <param name="NewPerSecond">Begun in the last second.</param>
public sealed record TargetLoadView(string Proxy, string Target, long Sessions, long NewPerSecond);

public sealed record CommandBody(string Command);

/// <param name="Secret">Shown once, when it is given.</param>
public sealed record TokenView(string Name, string Role, DateTimeOffset Created, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null);

/// <summary>Who asks.</summary>
/// <param name="Name">As the history would have it.</param>
/// <param name="Role">viewer (may look), operator (may do everything).</param>
/// <param name="Tokens">Whether tokens are known here at all.</param>
public sealed record CallerView(string Name, string Role, bool Tokens);

public sealed record CommandAnswer(string Proxy, string Answer);

/// <summary>Trouble, by RFC 9457. <c>application/problem+json</c>.</summary>
/// <param name="Type">Stable: <c>/problems/unknown-target</c>, <c>/problems/conflict</c>, <c>/problems/refused</c>, …</param>
public sealed record ProblemView(string Type, string Title, int Status, string Detail)
{
    /// <summary>What is in force, where that is why a change was refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SwitchView? Current { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false)]
[JsonSerializable(typeof(IReadOnlyList<SwitchView>))]
[JsonSerializable(typeof(SwitchView))]
[JsonSerializable(typeof(IReadOnlyList<TargetView>))]
[JsonSerializable(typeof(IReadOnlyList<ProxyView>))]
[JsonSerializable(typeof(IReadOnlyList<SwitchoverView>))]
[JsonSerializable(typeof(SwitchoverView))]
[JsonSerializable(typeof(LogView))]
[JsonSerializable(typeof(NoticeView))]
[JsonSerializable(typeof(LoadView))]
[JsonSerializable(typeof(SwitchoverBody))]
[JsonSerializable(typeof(OutcomeView))]
[JsonSerializable(typeof(ReasonBody))]
[JsonSerializable(typeof(IReadOnlyList<FindingView>))]
[JsonSerializable(typeof(HoldBody))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(IReadOnlyList<TokenView>))]
[JsonSerializable(typeof(CommandBody))]
[JsonSerializable(typeof(CallerView))]
[JsonSerializable(typeof(CommandAnswer))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(string))]
public sealed partial class ContractsJson : JsonSerializerContext;
