using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace DbSwitch.Testing;

/// <summary>Runs a theory once per HAProxy version: <c>[Theory, EveryHaproxy] public Task It_works(string version)</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryHaproxyAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. HaproxyVersions.Names.Select(name => new TheoryDataRow<string>(name))]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
