using System.Net;

namespace DbSwitch.Databases;

/// <summary>Who closed a database to clients, for which switchover, and what was to take its place: noted in the database itself, where whoever finds it closed can read it.</summary>
/// <param name="Manager">The manager's store, which has an identity of its own: two managers may both have a switch "orders". Empty where the note does not say.</param>
/// <param name="Switch">The switch whose clients moved.</param>
/// <param name="Switchover">The switchover's id in that manager's journal.</param>
/// <param name="Generation">The generation that its new selection has.</param>
/// <param name="Next">The target that was to take its place.</param>
/// <param name="NextAddress">Where that was then.</param>
public sealed record Closure(string Manager, string Switch, long Switchover, long Generation, string Next, IPEndPoint? NextAddress)
{
    /// <summary>Fit to follow "closed to clients by".</summary>
    public string Who => Manager.Length == 0 ? "a dbswitch of an earlier version" : $"dbswitch (switch {Switch}, generation {Generation}, manager {Manager})";

    /// <summary>Whether both are of the same switch of the same manager.</summary>
    public bool IsOfSameSwitch(Closure other) => Manager.Length > 0 && (Manager, Switch) == (other.Manager, other.Switch);

    /// <summary>Whether both are of the very same switchover: no two of a switch have one generation.</summary>
    public bool IsOfSameSwitchover(Closure other) => IsOfSameSwitch(other) && Generation == other.Generation;
}
