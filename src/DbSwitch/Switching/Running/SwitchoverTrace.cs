using System.Diagnostics;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;

namespace DbSwitch.Switching.Running;

/// <summary>
/// A switchover for who collects traces: an activity with one child for each phase. Made when it has ended, of the times that were taken anyway; while nobody listens it is nothing.
/// </summary>
public static class SwitchoverTrace
{
    public const string SourceName = "DbSwitch";

    private static readonly ActivitySource Source = new(SourceName);

    internal static void Emit(SwitchoverRecord record, PhaseWatch watch)
    {
        if (!Source.HasListeners())
        {
            return;
        }

        // A trace of its own: the request that asked for it is over when it was not waited for.
        var present = Activity.Current;
        Activity.Current = null;
        try
        {
            using var whole = Source.StartActivity("switchover", ActivityKind.Internal, default(ActivityContext), TagsOf(record), startTime: watch.Began);
            if (whole is null)
            {
                return;
            }

            foreach (var span in watch.Spans)
            {
                using var part = Source.StartActivity(span.Phase.ToString().ToLowerInvariant(), ActivityKind.Internal, whole.Context, TagsOf(record), startTime: span.Began);
                part?.SetEndTime((span.Began + span.Took).UtcDateTime);
            }

            whole.SetEndTime((watch.Began + watch.Took).UtcDateTime);
            whole.SetStatus(record.Result == SwitchoverResult.Succeeded ? ActivityStatusCode.Ok : ActivityStatusCode.Error, record.Message);
        }
        finally
        {
            Activity.Current = present;
        }
    }

    private static IEnumerable<KeyValuePair<string, object?>> TagsOf(SwitchoverRecord record) =>
    [
        new("dbswitch.switch", record.Switch),
        new("dbswitch.switchover.id", record.Id),
        new("dbswitch.generation", record.Generation),
        new("dbswitch.from", record.From ?? "none"),
        new("dbswitch.to", record.To ?? "none"),
        new("dbswitch.result", record.Result.Word()),
    ];
}
