namespace DbSwitch.Tests.Deploying;

/// <summary>What a test of another machine than this one needs: root, and programs. Where they are missing it is skipped, and fails where CI=true.</summary>
internal static class Needs
{
    public static void RootAnd(params string[] programs)
    {
        var missing = Environment.IsPrivilegedProcess ? programs.FirstOrDefault(program => !((string[])["/usr/bin", "/usr/sbin", "/sbin"]).Any(folder => File.Exists(Path.Combine(folder, program)))) : "root";
        if (missing is null)
        {
            return;
        }

        var reason = $"This test needs {missing}.";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(reason);
        }

        Assert.Skip(reason);
    }
}
