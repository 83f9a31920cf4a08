using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace DbSwitch.App.Telemetry;

/// <summary>One metric with all its series, in Prometheus' text format 0.0.4. Not safe for use by several at once.</summary>
internal sealed class MetricFamily(Instrument instrument)
{
    private readonly string _name = MetricName.Of(instrument);
    private readonly string _type = MetricName.TypeOf(instrument);
    private readonly IReadOnlyList<double> _bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? [];
    private readonly Dictionary<string, double> _values = [];
    private readonly Dictionary<string, Buckets> _buckets = [];

    /// <summary>What is observed at each reading is gone before the next; what was recorded stays.</summary>
    public void Forget() => _values.Clear();

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var text = Text(labels);
        if (!instrument.IsObservable)
        {
            if (!_buckets.TryGetValue(text, out var buckets))
            {
                buckets = _buckets[text] = new Buckets(_bounds);
            }

            buckets.Take(value);
        }
        else
        {
            _values[text] = value;
        }
    }

    public void Write(StringBuilder to)
    {
        to.Append("# HELP ").Append(_name).Append(' ').Append(Escaped(instrument.Description ?? "")).Append('\n').Append("# TYPE ").Append(_name).Append(' ').Append(_type).Append('\n');
        foreach (var (labels, value) in _values)
        {
            Line(to, "", labels, value);
        }

        foreach (var (labels, buckets) in _buckets)
        {
            buckets.Write((suffix, more, value) => Line(to, suffix, labels + (labels.Length > 0 && more.Length > 0 ? "," : "") + more, value));
        }
    }

    private void Line(StringBuilder to, string suffix, string labels, double value)
    {
        to.Append(_name).Append(suffix);
        if (labels.Length > 0)
        {
            to.Append('{').Append(labels).Append('}');
        }

        to.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(key).Append("=\"").Append(Escaped(value?.ToString() ?? "").Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed class Buckets(IReadOnlyList<double> bounds)
    {
        private readonly long[] _counts = new long[bounds.Count + 1];
        private double _sum;

        public void Take(double value)
        {
            var place = 0;
            while (place < bounds.Count && value > bounds[place])
            {
                place++;
            }

            _counts[place]++;
            _sum += value;
        }

        public void Write(Action<string, string, double> line)
        {
            var sum = 0L;
            for (var i = 0; i < _counts.Length; i++)
            {
                sum += _counts[i];
                line("_bucket", $"le=\"{(i < bounds.Count ? Number(bounds[i]) : "+Inf")}\"", sum);
            }

            line("_sum", "", _sum);
            line("_count", "", sum);
        }
    }
}
