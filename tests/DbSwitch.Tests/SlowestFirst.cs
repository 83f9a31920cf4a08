using DbSwitch.Tests;
using DbSwitch.Tests.Databases.Postgres;
using DbSwitch.Tests.Demo;
using DbSwitch.Tests.Deploying;
using DbSwitch.Tests.Gates;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SlowestFirst))]

namespace DbSwitch.Tests;

/// <summary>
/// The classes that take minutes begin when the run begins: beside one that begins last nothing is left to do. The .NET
/// tool and the packages are built at the lowest priority, so they need the whole run to be ready within it; whoever only waits for them comes last.
/// </summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    private static readonly List<string> s_slowest = [.. ((Type[])[typeof(PackageTests), typeof(TourTests), typeof(PostgresTourTests), typeof(FaultTests), typeof(PromotionTests), typeof(DemoEndTests)]).Select(type => type.FullName!)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(collection => Place(collection.TestCollectionDisplayName))];

    // A class's own collection is called "Test collection for CLASS (id: …)". Whoever is not named comes after, in the order in which they came.
    private static int Place(string collection) =>
        s_slowest.FindIndex(name => collection.Contains(name + " ", StringComparison.Ordinal)) is >= 0 and var place ? place
        : collection.Contains(typeof(NativeTests).FullName + " ", StringComparison.Ordinal) ? s_slowest.Count + 1
        : s_slowest.Count;
}
