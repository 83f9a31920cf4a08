using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>What a switchover consists of.</summary>
internal static class SwitchoverPhases
{
    /// <summary>This is a switchover. What fails before the commit is undone from there back to the top; what comes after the commit goes forward only.</summary>
    public static IReadOnlyList<ISwitchoverPhase> InOrder { get; } =
    [
        new PauseGates(),
        new Fence(),
        new Settle(),
        new FenceOnceMore(),
        new QuietDatabase(),
        new Commit(),
        new PromoteDatabase(),
        new Activate(),
        new ResumeGates(),
    ];
}
