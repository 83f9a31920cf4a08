namespace DbSwitch.Tests.Databases.MySql;

/// <summary>The servers that scripts/get-mysql has fetched. Where one is not here its tests are skipped, and fail where CI=true.</summary>
internal static class InstalledMySql
{
    public const string Maria10 = "mariadb-10.11";
    public const string Maria11 = "mariadb-11.8";
    public const string MySql = "mysql";

    public static string Folder(string product)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var there = Path.Combine(folder.FullName, "artifacts", "mysql", product);
            if (File.Exists(Path.Combine(there, "server")))
            {
                return there;
            }
        }

        var reason = $"{product} is not here (scripts/get-mysql {product}).";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(reason);
        }

        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }
}
