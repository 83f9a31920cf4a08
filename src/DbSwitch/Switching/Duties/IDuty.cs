using DbSwitch.Switching.Core;

namespace DbSwitch.Switching.Duties;

/// <summary>Something that a switch does by itself for as long as it is at work, in a loop of its own. What is wrong with it, it says in words (<see cref="SwitchCore.Say"/>).</summary>
internal interface IDuty
{
    /// <summary>What it does, fit to follow "to": follow an address.</summary>
    string Name { get; }

    /// <summary>Until it has nothing left to do, or is stopped. It foresees what its work can meet; an exception ends the whole switch's work, visibly.</summary>
    Task RunAsync(CancellationToken stop);
}
