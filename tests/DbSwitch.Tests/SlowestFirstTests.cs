using DbSwitch.Tests.Deploying;
using Xunit.Sdk;

namespace DbSwitch.Tests;

/// <summary>The order in which the test classes begin.</summary>
public sealed class SlowestFirstTests
{
    [Fact]
    public void A_class_is_known_by_its_collections_name()
    {
        var mine = TestContext.Current.TestCollection.ShouldNotBeNull();
        var packages = new Named(mine.TestCollectionDisplayName.Replace(typeof(SlowestFirstTests).FullName!, typeof(PackageTests).FullName!, StringComparison.Ordinal));
        var native = new Named(mine.TestCollectionDisplayName.Replace(typeof(SlowestFirstTests).FullName!, typeof(NativeTests).FullName!, StringComparison.Ordinal));
        packages.TestCollectionDisplayName.ShouldContain(typeof(PackageTests).FullName!);

        new SlowestFirst().OrderTestCollections<ITestCollection>([native, mine, packages]).ShouldBe([packages, mine, native]);
    }

    private sealed record Named(string TestCollectionDisplayName) : ITestCollection
    {
        public ITestAssembly TestAssembly => throw new NotSupportedException();

        public string? TestCollectionClassName => null;

        public IReadOnlyDictionary<string, IReadOnlyCollection<string>> Traits { get; } = new Dictionary<string, IReadOnlyCollection<string>>();

        public string UniqueID => TestCollectionDisplayName;
    }
}
