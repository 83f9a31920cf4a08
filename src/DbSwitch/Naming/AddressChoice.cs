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

    /// <summary>
    /// The answers that may be tried when the one chosen does not accept connections, in their order. While clients use it, only those of the other family: a host has an IPv6 and an IPv4
    /// address, and another address of the same family is as likely another machine, where nobody asked to go.
    /// </summary>
    public static IReadOnlyList<IPAddress> Others(IPAddress chosen, IReadOnlyList<IPAddress> answers, bool inUse)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        return [.. answers.Where(a => !a.Equals(chosen) && (!inUse || a.AddressFamily != chosen.AddressFamily))];
    }
}
