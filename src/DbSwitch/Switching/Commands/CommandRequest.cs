using System.Net;
using DbSwitch.Databases;
using DbSwitch.Model;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;

namespace DbSwitch.Switching.Commands;

/// <summary>The commands that something may speak against.</summary>
[Flags]
internal enum Command
{
    Select = 1,

    /// <summary>A selection that is only asked what it would do.</summary>
    Foresee = 2,
    Hold = 4,
    Release = 8,
    Pause = 16,
    Resume = 32,

    Selections = Select | Foresee,
}

/// <summary>One command on its way, with what the questions that were asked because of it have found.</summary>
/// <param name="Selection">What is to be selected; empty for a command that selects nothing.</param>
/// <param name="Wait">For how much longer than usual a connection may have to wait.</param>
/// <param name="WaitFor">What for, as in a sentence.</param>
internal sealed record CommandRequest(Command Command, SwitchoverRequest Selection, TimeSpan Wait, string WaitFor)
{
    /// <summary>Refuse when the generation is not this one; null for any.</summary>
    public long? IfGeneration { get; init; }

    /// <summary>What the guards have found.</summary>
    public IReadOnlyList<Guard> Guards { get; set; } = [];

    /// <summary>What spoke against it and is passed over by force, each as a part of a sentence.</summary>
    public List<string> Overridden { get; } = [];

    /// <summary>What is taken over first from proxies that know more than the store; null where the store leads.</summary>
    public Selection? TakenOver { get; set; }

    /// <summary>Where that is served.</summary>
    public IPEndPoint? TakenOverAt { get; set; }

    /// <summary>Had while it is done.</summary>
    public Turn Turn { get => field ?? throw new InvalidOperationException("The turn is not had yet."); set; }

    public bool IsDryRun => Command == Command.Foresee;
}
