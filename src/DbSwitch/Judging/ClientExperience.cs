using DbSwitch.Databases;
using DbSwitch.Proxies;
using DbSwitch.Switching;

namespace DbSwitch.Judging;

/// <summary>How it goes with clients.</summary>
public enum ClientState
{
    /// <summary>It can't be told.</summary>
    Unknown,

    /// <summary>They reach a database that does what they want, as far as can be known.</summary>
    Served,

    /// <summary>New ones wait, and will be served.</summary>
    Waiting,

    /// <summary>They can read, and not write.</summary>
    ReadOnly,

    /// <summary>Some are served, others not.</summary>
    Partly,

    /// <summary>They get no answer.</summary>
    NotServed,
}

/// <summary>What clients experience now, in one sentence: the headline of <c>status</c> and of the page. Pure.</summary>
/// <param name="Sentence">Without its full stop.</param>
public sealed record ClientExperience(ClientState State, string Sentence)
{
    public static ClientExperience Of(SwitchSnapshot one)
    {
        ArgumentNullException.ThrowIfNull(one);
        return one switch
        {
            { Selection: null } => new(ClientState.Unknown, "Not known yet where the clients go"),
            { NeedsPerson: not null } => new(ClientState.Unknown, "Clients stay where the proxies send them, until a person decides"),
            { StartProblem: not null } => new(ClientState.Unknown, "Clients stay where the proxies send them, until the manager has seen enough of them"),
            { Running: { To: { } to } } => new(ClientState.Waiting, $"Clients move to {to}"),
            { Running.To: null } and { Running.From: var from } => new(ClientState.NotServed, $"Clients leave {from ?? "none"}, and get no database"),
            { AwaitsPromotion: true, Selection.Target: { } target } => new(ClientState.Waiting, $"Clients wait until {target} is promoted"),
            { Selection.Target: null } => new(ClientState.NotServed, "Clients get no database: no target is selected"),
            { Hold: not null, Selection.Target: { } target } => new(ClientState.Waiting, $"New clients wait for {target}"),
            { Selection.Target: { } target } => OfTarget(one, target),
        };
    }

    private static ClientExperience OfTarget(SwitchSnapshot one, string target)
    {
        var (serving, dead, unknown, others) = Sorted(one, target);
        if (serving.Count == 0 && dead.Count > 0 && unknown.Count + others.Count == 0)
        {
            return new(ClientState.NotServed, $"Clients get no answer: {Names(dead)} {Is(dead)} down");
        }

        if (serving.Count == 0 && others.Count == 0)
        {
            return new(ClientState.Unknown, $"Not known whether clients reach {target}: {(unknown.Count + dead.Count == 0 ? "no proxy" : Names([.. unknown, .. dead]))} {(unknown.Count + dead.Count > 1 ? "do" : "does")} not answer the manager");
        }

        var database = OfDatabase(one, target);
        if (database.State is ClientState.NotServed or ClientState.ReadOnly || (serving.Count > 0 && dead.Count + unknown.Count + others.Count == 0))
        {
            return database;
        }

        List<string> exceptions =
        [
            .. dead.Count > 0 ? [$"{Names(dead)} {Is(dead)} down"] : Array.Empty<string>(),
            .. others.Count > 0 ? [$"{Names(others)} {(others.Count == 1 ? "does" : "do")} not serve {target}"] : Array.Empty<string>(),
            .. unknown.Count > 0 ? [$"{Names(unknown)} {(unknown.Count == 1 ? "is" : "are")} not known to serve {target}"] : Array.Empty<string>(),
        ];
        return serving.Count == 0
            ? new(ClientState.NotServed, $"Clients get no answer: {string.Join(", and ", exceptions)}")
            : new(ClientState.Partly, $"Clients of {Names(serving)} go to {target}, but {string.Join(", and ", exceptions)}");
    }

    private static ClientExperience OfDatabase(SwitchSnapshot one, string target) => one.Targets[target].Probe switch
    {
        { Health: Health.Unhealthy, Reason: var why } => new(ClientState.NotServed, $"Clients get no answer: {target} is down ({why})"),
        { Health: Health.Healthy, Facts: { ClosedBy: not null, FollowsAnother: false, WhyNoWrites: { } why } } => new(ClientState.NotServed, $"Clients get no answer: {target} {why}"),
        { Health: Health.Healthy, Facts.WhyNoWrites: { } why } => new(ClientState.ReadOnly, $"Clients can't write: {target} {why}"),
        { Health: Health.Unknown, Reason: var why } => new(ClientState.Unknown, $"Clients are sent to {target}, which {why}"),
        _ => new(ClientState.Served, $"Clients go to {target}"),
    };

    private static (List<string> Serving, List<string> Dead, List<string> Unknown, List<string> Others) Sorted(SwitchSnapshot one, string target)
    {
        List<string> serving = [], dead = [], unknown = [], others = [];
        var latest = one.Latest.ToDictionary(r => r.Proxy);
        foreach (var proxy in one.Configuration.Proxies)
        {
            (latest.GetValueOrDefault(proxy)?.Observed switch
            {
                ProxyObservation.Seen seen => seen.Servers.Any(s => s.MayTakeClients && one.TargetOf(s) == target) ? serving : others,
                ProxyObservation.Down => dead,
                ProxyObservation.Unknown { IsRefused: true } => dead,
                _ => unknown,
            }).Add(proxy);
        }

        return (serving, dead, unknown, others);
    }

    private static string Names(List<string> names) => names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    private static string Is(List<string> names) => names.Count == 1 ? "is" : "are";
}
