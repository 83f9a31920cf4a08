namespace DbSwitch.Testing;

/// <summary>The folder that the tests were built from.</summary>
public static class Checkout
{
    /// <summary>Found by walking up from the test's assembly to the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DbSwitch.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No DbSwitch.slnx above {AppContext.BaseDirectory}: the tests run from a checkout only.");
    }
}
