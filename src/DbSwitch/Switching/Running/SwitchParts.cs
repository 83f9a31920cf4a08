using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Gates;
using DbSwitch.Model;
using DbSwitch.Naming;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Running;

/// <summary>What a switch is put together of: commands, switchovers and duties all work with these.</summary>
/// <param name="Addresses">What the targets' names resolve to.</param>
/// <param name="Probes">What the targets' databases say of themselves.</param>
/// <param name="Gates">The poolers before the proxies.</param>
/// <param name="Hooks">Programs of the operator's that are asked before a switchover begins, in this order.</param>
/// <param name="Phases">What a switchover consists of, in this order.</param>
/// <param name="Rules">The pure decisions that all of it rests on.</param>
internal sealed record SwitchParts(
    SwitchConfiguration Configuration,
    SwitchCore Core,
    ISwitchStore Store,
    TargetAddresses Addresses,
    TargetProbes Probes,
    SwitchGates Gates,
    SelfStartingServers SelfStarting,
    IReadOnlyList<HookConfiguration> Hooks,
    IReadOnlyList<ISwitchoverPhase> Phases,
    SwitchRules Rules,
    TimeProvider Time,
    ILogger Logger)
{
    public string Name => Configuration.Name;

    /// <summary>Says what is wrong, or (null) that it is not any more; what is news is logged.</summary>
    public void Say(ProblemSource source, string? problem)
    {
        if (Core.Say(source, problem) && problem is not null)
        {
            SwitchTrouble.Log(Logger, Name, problem);
        }
    }

    /// <summary>The address that a target's name resolves to now, or did last; null for none, and for no target.</summary>
    public IPEndPoint? AddressOf(string? target) => target is null ? null : Addresses.Of(target).Address;

    /// <summary>The server of each target whose address is known.</summary>
    public Dictionary<string, ServerSpec> Servers() =>
        Configuration.Targets.Values.Where(t => AddressOf(t.Name) is not null).ToDictionary(t => t.Name, t => new ServerSpec(t.ServerName, AddressOf(t.Name)!));

    /// <summary>The server of one target; null for none, and while its address is not known.</summary>
    public ServerSpec? ServerOf(string? target) => AddressOf(target) is { } address ? new ServerSpec(ServerNames.For(target!, address.Port), address) : null;

    /// <summary>The proxies that answered when they were looked at last.</summary>
    public Dictionary<string, ProxyObservation.Seen> SeenProxies() =>
        Core.Keepers.Latest.Where(r => r.Observed is ProxyObservation.Seen).ToDictionary(r => r.Proxy, r => (ProxyObservation.Seen)r.Observed);

    /// <summary>What is noted in a database that a switchover closes.</summary>
    public Closure ClosureBy(SwitchoverRecord record) => new(Store.Identity, Name, record.Id, record.Generation, record.To ?? "none", AddressOf(record.To));

    /// <summary>The same for what is selected, whose switchover may be another manager's; and for one that is to come (generation 0).</summary>
    public Closure ClosureBy(string target, long generation) => new(Store.Identity, Name, 0, generation, target, AddressOf(target));

    /// <summary>Whether a switchover to it does something to the databases themselves.</summary>
    public bool Promotes(string? target) => target is not null && Probes.MayPromote(target);
}

/// <summary>What is wrong with a switch, in its log.</summary>
internal static partial class SwitchTrouble
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Switch}: {Problem}")]
    public static partial void Log(ILogger logger, string @switch, string problem);
}
