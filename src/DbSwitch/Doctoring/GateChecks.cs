using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Gates;

namespace DbSwitch.Doctoring;

/// <summary>What is wrong with one gate. Pure: its latest look in, findings out.</summary>
internal static class GateChecks
{
    /// <param name="where">The switch and the gate.</param>
    public static IEnumerable<Finding> Check(string where, GateConfiguration gate, GateLook look)
    {
        if (GateRules.Of(gate, look) is { Verdict: not GuardVerdict.Passed } guard)
        {
            yield return new Finding(FindingLevel.Error, where, $"switchovers are refused, since {guard.Words}", $"put that right in its configuration or in dbswitch.yaml (docs/postgresql.md, {guard.Name})");
        }

        // Where it kills, the guard has refused for the same reason.
        if (!gate.Kill && look.Facts is { RetriesAfter: var retry } && retry > GateRules.ShortRetry)
        {
            yield return new Finding(
                FindingLevel.Warning,
                where,
                string.Create(CultureInfo.InvariantCulture, $"after a connection to a database that failed it opens none for {retry.TotalSeconds:0.#} s (server_login_retry), and so long its clients may wait after a switchover"),
                "write \"server_login_retry = 1\" in its pgbouncer.ini, and RELOAD it");
        }
    }
}
