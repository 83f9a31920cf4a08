namespace DbSwitch.Tests.Stage;

/// <summary>What a test needs of the machine. Where it is missing the test is skipped, and fails where CI=true.</summary>
internal static class Needs
{
    public static void RootAnd(params string[] programs)
    {
        Require("root", Environment.IsPrivilegedProcess);
        foreach (var program in programs)
        {
            Program(program, ((string[])["/usr/bin", "/usr/sbin", "/sbin"]).Any(folder => File.Exists(Path.Combine(folder, program))));
        }
    }

    public static void Program(string program, bool isHere) => Require(program, isHere);

    private static void Require(string what, bool isHere)
    {
        if (!isHere && Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException($"This test needs {what}, which is missing on this build machine.");
        }

        Assert.SkipUnless(isHere, $"This test needs {what}.");
    }
}
