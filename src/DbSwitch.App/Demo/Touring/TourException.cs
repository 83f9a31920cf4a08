namespace DbSwitch.App.Demo.Touring;

/// <summary>A step of the tour did not go as it should.</summary>
internal sealed class TourException(string expected, string received) : Exception($"expected {expected}; received {received}")
{
    public string Expected { get; } = expected;

    public string Received { get; } = received;
}
