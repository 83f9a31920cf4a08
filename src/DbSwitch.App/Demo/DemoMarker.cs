namespace DbSwitch.App.Demo;

/// <summary>The file by which the command line of a checkout finds that checkout's running demo.</summary>
internal static class DemoMarker
{
    /// <summary>Null when the executable was not started from a checkout.</summary>
    public static string? Path =>
        Environment.GetEnvironmentVariable("DBSWITCH_CHECKOUT") is { Length: > 0 } checkout ? System.IO.Path.Combine(checkout, ".demo", "running.json") : null;
}
