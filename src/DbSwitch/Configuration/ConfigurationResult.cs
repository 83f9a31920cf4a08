using System.Diagnostics.CodeAnalysis;

namespace DbSwitch.Configuration;

/// <summary>Either a configuration without a single problem, or all the problems: there is no half-good configuration.</summary>
public sealed record ConfigurationResult
{
    private ConfigurationResult(DbSwitchConfiguration? configuration, IReadOnlyList<ConfigurationProblem> problems)
    {
        Configuration = configuration;
        Problems = problems;
    }

    public DbSwitchConfiguration? Configuration { get; }

    /// <summary>In the file's order; empty exactly when <see cref="Configuration"/> is there.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }

    [MemberNotNullWhen(true, nameof(Configuration))]
    public bool IsValid => Configuration is not null;

    internal static ConfigurationResult Valid(DbSwitchConfiguration configuration) => new(configuration, []);

    internal static ConfigurationResult Invalid(IReadOnlyList<ConfigurationProblem> problems) => new(null, problems);
}
