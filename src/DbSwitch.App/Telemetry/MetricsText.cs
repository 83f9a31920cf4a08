using System.Diagnostics.Metrics;
using System.Text;

namespace DbSwitch.App.Telemetry;

/// <summary>What a meter's instruments show, as text for Prometheus. Histograms are summed up here from the moment on at which it was made.</summary>
internal sealed class MetricsText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _lock = new();
    private readonly List<MetricFamily> _families = [];
    private readonly MeterListener _listener = new();

    public MetricsText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                var family = new MetricFamily(instrument);
                _families.Add(family);
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, labels, family) => Take(value, labels, family));
        _listener.SetMeasurementEventCallback<double>((_, value, labels, family) => Take(value, labels, family));
        _listener.Start();
    }

    public string Read()
    {
        lock (_lock)
        {
            _families.ForEach(f => f.Forget());
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            _families.ForEach(f => f.Write(text));
            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? family)
    {
        lock (_lock)
        {
            ((MetricFamily)family!).Take(value, labels);
        }
    }
}
