using System.Diagnostics.Metrics;

namespace DbSwitch.App.Telemetry;

/// <summary>What an instrument is called in Prometheus, by OpenTelemetry's rule for it ("Prometheus and OpenMetrics Compatibility"): dots become underscores, the unit and <c>_total</c> follow.</summary>
internal static class MetricName
{
    public static string Of(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');

        // A unit in braces is a remark.
        name += instrument.Unit switch
        {
            null or "" => "",
            "s" => "_seconds",
            "By" => "_bytes",
            var unit when unit.StartsWith('{') => "",
            var other => throw new ArgumentException($"{instrument.Name} has the unit {other}, which has no word here.", nameof(instrument)),
        };
        return TypeOf(instrument) == "counter" ? name + "_total" : name;
    }

    public static string TypeOf(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type
        ? type.GetGenericTypeDefinition() switch
        {
            var t when t == typeof(ObservableGauge<>) => "gauge",
            var t when t == typeof(ObservableCounter<>) => "counter",
            var t when t == typeof(Histogram<>) => "histogram",
            _ => throw new ArgumentException($"{instrument.Name} is of a kind that nobody has needed yet.", nameof(instrument)),
        }
        : throw new ArgumentException($"{instrument.Name} is no instrument of System.Diagnostics.Metrics.", nameof(instrument));
}
