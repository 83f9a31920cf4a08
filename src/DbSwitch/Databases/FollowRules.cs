namespace DbSwitch.Databases;

/// <summary>One target, as following looks at it.</summary>
/// <param name="Latest">The latest look; null before the first.</param>
/// <param name="Known">What it last told about itself, however long ago; null for never.</param>
internal sealed record FollowedTarget(string Name, Probe? Latest, DatabaseFacts? Known);

/// <summary>What following comes to.</summary>
internal abstract record FollowAnswer
{
    private FollowAnswer()
    {
    }

    /// <summary>Clients are where they belong, or nobody knows a better place.</summary>
    public sealed record Stay : FollowAnswer;

    /// <param name="Reason">For the history.</param>
    public sealed record Go(string Target, string Reason) : FollowAnswer;

    /// <param name="Why">A sentence. A promotion that is under way looks like it too, for some seconds.</param>
    public sealed record NobodyLeads(string Why) : FollowAnswer;

    /// <param name="Why">A sentence: something is wrong, and what to do.</param>
    public sealed record AskPerson(string Why) : FollowAnswer;
}

/// <summary>Where somebody else promotes: which target clients are to follow to. Pure.</summary>
internal static class FollowRules
{
    /// <summary>
    /// To the one writable primary, when it was promoted after the selected one, and the selected one takes no writes any more: it says so itself, or nobody listens there.
    /// That it does not answer proves nothing.
    /// </summary>
    public static FollowAnswer Decide(FollowedTarget selected, IReadOnlyList<FollowedTarget> others)
    {
        var primaries = others.Where(o => o.Latest is { Health: Health.Healthy, Facts.TakesWrites: true }).ToList();
        if (primaries.Count == 0)
        {
            return NoOther(selected);
        }

        if (primaries.Count > 1)
        {
            return new FollowAnswer.AskPerson($"{string.Join(" and ", primaries.Select(p => p.Name))} are all writable primaries; clients stay with {selected.Name} until one is left");
        }

        var next = primaries[0];
        var facts = next.Latest!.Facts!;
        if (selected.Known is null || !facts.Succeeds(selected.Known))
        {
            return new FollowAnswer.AskPerson($"{next.Name} is a writable primary, and nothing proves that it was promoted after {selected.Name}; clients stay until a person says \"dbswitch select {next.Name} --force\"");
        }

        return selected.Latest switch
        {
            { Health: Health.Healthy, Facts.TakesWrites: false } => new FollowAnswer.Go(next.Name, $"{next.Name} is the primary now, and {selected.Name} takes no writes ({facts.Summary})"),
            { Health: Health.Unhealthy } gone => new FollowAnswer.Go(next.Name, $"{next.Name} is the primary now, and {selected.Name} {gone.Reason} ({facts.Summary})"),
            { Health: Health.Healthy } => new FollowAnswer.AskPerson($"{next.Name} and {selected.Name} are both writable primaries; clients stay with {selected.Name} until it takes no writes any more, or a person says \"dbswitch select {next.Name} --force\""),
            var unknown => new FollowAnswer.AskPerson($"{next.Name} is the primary now, and whether {selected.Name} still takes writes is not known ({unknown?.Reason ?? "not asked yet"}); clients stay until it is, or a person says \"dbswitch select {next.Name} --force\""),
        };
    }

    private static FollowAnswer NoOther(FollowedTarget selected) => selected.Latest switch
    {
        { Health: Health.Healthy, Facts: { TakesWrites: false } facts } => new FollowAnswer.NobodyLeads(Nobody(selected.Name, $"takes no writes ({facts.Summary})")),
        { Health: Health.Unhealthy } gone => new FollowAnswer.NobodyLeads(Nobody(selected.Name, gone.Reason!)),
        _ => new FollowAnswer.Stay(),
    };

    private static string Nobody(string selected, string why) =>
        $"{selected} {why}, and no other target is known to lead; clients stay with {selected} until one does: look at what promotes (Patroni and its etcd, repmgr, Sentinel, a person)";
}
