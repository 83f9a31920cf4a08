namespace DbSwitch.Benchmarks;

/// <summary>One build of the executable.</summary>
internal sealed record Build(string Name, string Path)
{
    /// <summary>The one of this checkout, which needs .NET.</summary>
    public static Build OfCheckout { get; } = new("with .NET", Environment.GetEnvironmentVariable("DBSWITCH") ?? throw new InvalidOperationException("Run this through ./bench, which says where the executable is (DBSWITCH)."));

    /// <summary>That one, and the native one where it can be made.</summary>
    public static IReadOnlyList<Build> All { get; } = Environment.GetEnvironmentVariable("DBSWITCH_NATIVE") is { Length: > 0 } native ? [new("native", native), OfCheckout] : [OfCheckout];
}
