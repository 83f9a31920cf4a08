using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Checks;

/// <summary>What no single key can tell: whether the parts of the file fit together. The checks are independent; each finds all it can.</summary>
internal static class CrossChecks
{
    public static void Run(DbSwitchConfiguration configuration, ProblemList problems)
    {
        foreach (var one in configuration.Switches.Values)
        {
            TargetChecks.Run(one, problems);
        }

        ReferenceChecks.Run(configuration, problems);
        OwnershipChecks.Run(configuration, problems);
        ListeningChecks.Run(configuration, problems);
        SocketChecks.Run(configuration, problems);
        AccessChecks.Run(configuration.Listen, problems);
    }
}
