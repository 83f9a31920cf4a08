using System.CommandLine;
using System.CommandLine.Completions;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.CommandLine;

/// <summary>Names that Tab completes: asked from the manager, and nothing is said where it does not answer at once.</summary>
internal static class CompletedNames
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Every argument and option of a name completes it.</summary>
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        common.Switch.CompletionSources.Add(context => Ask(context, common, all => all.Select(s => s.Name)));
        foreach (var command in root.Subcommands)
        {
            command.Arguments.OfType<Argument<string?>>().FirstOrDefault(a => a.Name == "target")?.CompletionSources.Add(context => Ask(context, common, all => TargetsOf(context, common, all)));
            foreach (var option in command.Options.Where(o => o.Name is "--proxy" or "--without"))
            {
                option.CompletionSources.Add(context => Ask(context, common, all => all.SelectMany(s => s.Proxies).Select(p => p.Name)));
            }

            foreach (var argument in command.Subcommands.Where(c => c.Name is "stop" or "reload" or "upgrade").SelectMany(c => c.Arguments))
            {
                argument.CompletionSources.Add(context => Ask(context, common, all => all.SelectMany(s => s.Proxies).Select(p => p.Name)));
            }

            command.Arguments.OfType<Argument<long>>().FirstOrDefault(a => a.Name == "id")?.CompletionSources.Add(context =>
                Ask(context, common, all => all.Select(s => s.Running?.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)).OfType<string>()));
        }
    }

    private static IEnumerable<string> TargetsOf(CompletionContext context, CommonOptions common, IReadOnlyList<SwitchView> all) =>
        context.ParseResult.GetValue(common.Switch) is { } named ? all.Where(s => s.Name == named).SelectMany(s => s.Targets).Select(t => t.Name)
        : all.Count == 1 ? all[0].Targets.Select(t => t.Name)
        : all.SelectMany(s => s.Targets.Select(t => $"{s.Name}/{t.Name}"));

    private static IEnumerable<CompletionItem> Ask(CompletionContext context, CommonOptions common, Func<IReadOnlyList<SwitchView>, IEnumerable<string>> names)
    {
        try
        {
            using var manager = common.Connect(context.ParseResult);
            using var deadline = new CancellationTokenSource(Patience);

            // The library asks for completions without waiting for anything.
            var all = manager.GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, deadline.Token).GetAwaiter().GetResult();
            return [.. names(all).Distinct().Select(n => new CompletionItem(n))];
        }
        catch (Exception e) when (e is CommandException or OperationCanceledException)
        {
            // Who presses Tab must not be shown a manager's trouble in the middle of his line.
            return [];
        }
    }
}
