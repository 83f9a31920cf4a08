using DbSwitch.Databases.Kinds;
using DbSwitch.Switching.Phases;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching;

/// <summary>How a switch is built. Only the simulation builds one in another way than the usual, on purpose a wrong one, or over databases of its own.</summary>
internal sealed record SwitchDesign
{
    public static SwitchDesign Usual { get; } = new();

    /// <summary>The pure decisions that it rests on.</summary>
    public SwitchRules Rules { get; init; } = SwitchRules.Right;

    /// <summary>What a switchover consists of, in this order.</summary>
    public IReadOnlyList<ISwitchoverPhase> Phases { get; init; } = SwitchoverPhases.InOrder;

    /// <summary>The kinds of databases that it knows.</summary>
    public DatabaseKinds Kinds { get; init; } = DatabaseKinds.Known;
}
