using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Naming;

/// <summary>Gives the addresses of a name, or throws <see cref="SocketException"/>.</summary>
public delegate Task<IPAddress[]> ResolveName(string name, CancellationToken cancel);

/// <summary>What is known of one target's address.</summary>
/// <param name="Address">In use, or the last good one; null while there was none yet.</param>
/// <param name="Problem">Why it could not be learnt just now; null when it could.</param>
public sealed record TargetAddress(IPEndPoint? Address, string? Problem);

/// <summary>
/// The addresses of one switch's targets, the same for all its proxies: resolved by us, since HAProxy does not resolve names of servers that are added at run time,
/// and followed. When a name does not resolve, the last good address stays.
/// </summary>
public sealed partial class TargetAddresses(
    SwitchConfiguration configuration,
    ResolveName resolve,
    IReadOnlyDictionary<string, IPEndPoint> lastGood,
    Func<string, IPEndPoint, Task> remember,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>How often names are asked for. The system's resolver tells no lifetimes, so this bounds how late a change is followed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private volatile Dictionary<string, TargetAddress> _known = configuration.Targets.Values.ToDictionary(
        t => t.Name,
        t => IPAddress.TryParse(t.Address.Host, out var literal)
            ? new TargetAddress(new IPEndPoint(literal, t.Address.Port), null)
            : new TargetAddress(LastGood(lastGood, t), $"the name {t.Address.Host} was not resolved yet"));

    /// <summary>Whether an address accepts connections; null where none is tried. Only asked where a name has several.</summary>
    public Func<IPEndPoint, CancellationToken, Task<bool>>? Accepts { get; init; }

    /// <summary>Whether a target is known to answer where it is: then no other address is tried.</summary>
    public Func<string, bool> Answers { get; init; } = _ => false;

    /// <summary>Whether clients use a target where it is.</summary>
    public Func<string, bool> IsInUse { get; init; } = _ => false;

    /// <summary>Raised when an address, or what hinders learning it, changed; on the resolving loop.</summary>
    public event Action? Changed;

    public TargetAddress Of(string target) => _known[target];

    public async Task RunAsync(CancellationToken stop)
    {
        var named = configuration.Targets.Values.Where(t => !IPAddress.TryParse(t.Address.Host, out _)).ToList();
        while (named.Count > 0 && !stop.IsCancellationRequested)
        {
            try
            {
                await ResolveAllAsync(stop).ConfigureAwait(false);
                await Task.Delay(Interval, time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Asks for every name once, all at the same time: one that hangs delays no other for longer than the deadline.</summary>
    public async Task ResolveAllAsync(CancellationToken cancel)
    {
        var before = _known;
        var answers = await Task.WhenAll(configuration.Targets.Values.Select(t => AskAsync(t, cancel))).ConfigureAwait(false);
        var after = new Dictionary<string, TargetAddress>();
        foreach (var (target, (addresses, problem)) in configuration.Targets.Values.Zip(answers))
        {
            var present = before[target.Name].Address;
            var chosen = await ChooseAsync(target, present, addresses, cancel).ConfigureAwait(false);
            var twin = after.FirstOrDefault(o => chosen is not null && chosen.Equals(o.Value.Address)).Key;
            after[target.Name] = twin is null
                ? new TargetAddress(chosen, problem)
                : new TargetAddress(present is not null && !present.Equals(chosen) ? present : null, $"{target.Address.Host} resolves to {chosen}, which is {twin}'s address: two targets can't share one");
        }

        _known = after;
        foreach (var (name, now) in after)
        {
            await TellAsync(name, before[name], now).ConfigureAwait(false);
        }
    }

    /// <summary>The present one while it accepts connections; otherwise another that does, where the name has one.</summary>
    private async Task<IPEndPoint?> ChooseAsync(TargetConfiguration target, IPEndPoint? present, IReadOnlyList<IPAddress> answers, CancellationToken cancel)
    {
        if (AddressChoice.Choose(present?.Address, answers) is not { } first)
        {
            return null;
        }

        var chosen = new IPEndPoint(first, target.Address.Port);
        var isPresent = chosen.Equals(present);
        if (answers.Count < 2 || Accepts is null || (isPresent && Answers(target.Name)) || await Accepts(chosen, cancel).ConfigureAwait(false))
        {
            return chosen;
        }

        foreach (var other in AddressChoice.Others(first, answers, isPresent && IsInUse(target.Name)).Select(a => new IPEndPoint(a, target.Address.Port)))
        {
            if (await Accepts(other, cancel).ConfigureAwait(false))
            {
                AnotherAnswers(configuration.Name, target.Name, target.Address.Host, chosen, other);
                return other;
            }
        }

        return chosen;
    }

    private async Task TellAsync(string target, TargetAddress before, TargetAddress now)
    {
        if (now.Problem is { } problem && now.Problem != before.Problem)
        {
            NotResolved(configuration.Name, target, problem, now.Address is null ? "it can't be selected until it does" : $"its last good address {now.Address} stays");
        }

        if (now.Address is { } address && !address.Equals(before.Address))
        {
            Resolved(configuration.Name, target, address, before.Address is { } old ? $" (before: {old})" : "");
            await remember(target, address).ConfigureAwait(false);
        }

        if (now != before)
        {
            Changed?.Invoke();
        }
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, string? Problem)> AskAsync(TargetConfiguration target, CancellationToken cancel)
    {
        if (IPAddress.TryParse(target.Address.Host, out var literal))
        {
            return ([literal], null);
        }

        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            // The system's resolver can't always be cancelled: it is left behind when it takes too long.
            var addresses = await resolve(target.Address.Host, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return addresses.Length > 0 ? (addresses, null) : ([], $"the name {target.Address.Host} has no address");
        }
        catch (SocketException e)
        {
            return ([], $"the name {target.Address.Host} does not resolve ({e.Message})");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return ([], $"the name {target.Address.Host} did not resolve within {Deadline.TotalSeconds:0} s");
        }
    }

    private static IPEndPoint? LastGood(IReadOnlyDictionary<string, IPEndPoint> lastGood, TargetConfiguration target) =>
        lastGood.TryGetValue(target.Name, out var address) && address.Port == target.Address.Port ? address : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is at {Address}{Before}")]
    private partial void Resolved(string @switch, string target, IPEndPoint address, string before);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target}: {Name} has several addresses; {Silent} does not accept connections, so {Address} is used")]
    private partial void AnotherAnswers(string @switch, string target, string name, IPEndPoint silent, IPEndPoint address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Target}: {Problem}; {Consequence}")]
    private partial void NotResolved(string @switch, string target, string problem, string consequence);
}
