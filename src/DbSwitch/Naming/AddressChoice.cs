using System.Net;

namespace DbSwitch.Naming;

/// <summary>Which of the addresses of a name is used. Pure.</summary>
public static class AddressChoice
{
    /// <summary>The present one as long as it is among the answers; the last good one when there is no answer; otherwise the first.</summary>
    /// <param name="present">The address in use, or the last good one; null for none.</param>
    /// <param name="answers">What the name resolves to now; empty when it does not.</param>
    public static IPAddress? Choose(IPAddress? present, IReadOnlyList<IPAddress> answers) =>
        answers.Count == 0 || (present is not null && answers.Contains(present)) ? present : answers[0];
}
