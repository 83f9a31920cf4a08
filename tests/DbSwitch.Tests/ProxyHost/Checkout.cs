namespace DbSwitch.Tests.ProxyHost;

/// <summary>The checkout that the tests run in: approved texts, and HAProxy's other versions.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "DbSwitch.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not in a checkout.");
        }

        return directory;
    }
}
