using System.Reflection;

namespace DbSwitch.App.ProxyHost.ConfigurationText;

/// <summary>The companion script that this executable brings: deploy/dbswitch.lua.</summary>
internal static class CompanionScript
{
    public static string Text { get; } = Read();

    private static string Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("dbswitch.lua")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
