using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace DbSwitch.Testing;

/// <summary>
/// Runs a theory once per HAProxy version: <c>[Theory, EveryHaproxy] public Task It_works(string version)</c>.
/// <c>./test --quick</c> has the middle one of them only.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryHaproxyAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. HaproxyVersions.Names.Select(name => name == HaproxyVersions.Quick ? new TheoryDataRow<string>(name) : new TheoryDataRow<string>(name).WithTrait("Category", "Slow"))]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
