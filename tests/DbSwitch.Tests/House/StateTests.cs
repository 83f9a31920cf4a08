using System.Reflection;
using System.Runtime.CompilerServices;
using DbSwitch.Switching;

namespace DbSwitch.Tests.House;

/// <summary>A switch's state changes in one place: nothing else in its folder has a field that can be written after its object was made.</summary>
public sealed class StateTests
{
    // (What a primary constructor takes is no field to the language, and nobody writes it.) What they hold belongs to one switchover, one request or one look, and ends with it.
    private static readonly HashSet<string> OfOneRun =
    [
        "Core.SwitchCore", "Core.Turn", "Core.Abortion", "Core.PhaseWatch", "Running.SwitchoverRun", "Running.SwitchoverCount", "Commands.CommandRequest", "LoadReading", "Commands.Selecting",
    ];

    [Fact]
    public void Only_the_core_holds_what_changes()
    {
        const string house = "DbSwitch.Switching.";
        var mutable = typeof(DatabaseSwitch).Assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith("DbSwitch.Switching", StringComparison.Ordinal) == true && t is { IsValueType: false, IsEnum: false } && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null && t.DeclaringType?.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
            .Where(t => t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Any(f => !f.IsInitOnly && !f.Name.EndsWith(">P", StringComparison.Ordinal)))
            .Where(t => !t.Name.Contains('<', StringComparison.Ordinal))
            .Select(t => t.FullName![house.Length..]).ToList();

        mutable.Except(OfOneRun).ShouldBeEmpty();
        OfOneRun.Except(mutable).ShouldBeEmpty("what holds nothing that changes needs no exception");
    }
}
