using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;

namespace DbSwitch.Switching;

/// <summary>What every proxy shall be like, for what is selected, held or on its way.</summary>
public sealed partial class DatabaseSwitch
{
    // Draining is a longer grace: sessions end by themselves until it is over, and only then the rest is cut.
    private TimeSpan GraceFor(TimeSpan drain) => drain > Configuration.Grace ? drain : Configuration.Grace;

    /// <summary>What every proxy shall be like now.</summary>
    private Goal KeepingGoal() => GoalOf(Selection!.Target, _addressInUse) switch
    {
        { MayBeReady: true } owed when _awaitsDatabase => owed with { MayBeReady = false, DeletesLeftovers = false },
        { MayBeReady: true } kept when Hold is { } hold => kept with { MayBeReady = false, Held = true, Hold = Configuration.Hold + (hold.Until - hold.Since) },
        var kept => kept,
    };

    private Goal GoalOf(string? target, IPEndPoint? address) => ((target, address) switch
    {
        (null, _) => new Goal(0, null, false),
        (_, null) => new Goal(0, null, false, Configuration.Targets[target].ServerName),
        _ => new Goal(0, new ServerSpec(ServerNames.For(target, address.Port), address), true),
    }) with { Grace = Configuration.Grace, Hold = Configuration.Hold, Generation = Math.Max(Selection?.Generation ?? 0, _undone) };

    private IPEndPoint? AddressOf(string? target) => target is null ? null : Addresses.Of(target).Address;
}
