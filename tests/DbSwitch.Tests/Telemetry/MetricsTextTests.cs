using System.Diagnostics.Metrics;
using DbSwitch.App.Telemetry;

namespace DbSwitch.Tests.Telemetry;

/// <summary>The text that Prometheus reads: instruments in, lines out.</summary>
public sealed class MetricsTextTests : IDisposable
{
    private readonly Meter _meter = new("test");
    private readonly MetricsText _text;

    public MetricsTextTests() => _text = new MetricsText(_meter);

    public void Dispose()
    {
        _text.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void What_is_observed_is_shown_as_it_is_at_each_reading()
    {
        var values = new List<Measurement<long>> { new(3, new KeyValuePair<string, object?>("proxy", "a")), new(4, new KeyValuePair<string, object?>("proxy", "b")) };
        _meter.CreateObservableGauge("dbswitch.some.sessions", () => values, "{session}", "Open sessions.");

        _text.Read().ShouldBe("# HELP dbswitch_some_sessions Open sessions.\n# TYPE dbswitch_some_sessions gauge\ndbswitch_some_sessions{proxy=\"a\"} 3\ndbswitch_some_sessions{proxy=\"b\"} 4\n");

        values.RemoveAt(0);
        _text.Read().ShouldEndWith(" gauge\ndbswitch_some_sessions{proxy=\"b\"} 4\n");
    }

    [Fact]
    public void A_counter_ends_with_total_and_a_unit_is_written_out()
    {
        _meter.CreateObservableCounter("dbswitch.waited", () => new Measurement<double>(0.25), "s", "Time.");

        _text.Read().ShouldBe("# HELP dbswitch_waited_seconds_total Time.\n# TYPE dbswitch_waited_seconds_total counter\ndbswitch_waited_seconds_total 0.25\n");
    }

    [Fact]
    public void A_histogram_is_summed_up_in_its_own_bounds_which_belong_to_the_bucket_below()
    {
        var histogram = _meter.CreateHistogram("dbswitch.phase", "s", "Phases.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in (double[])[0.05, 0.1, 0.5, 7])
        {
            histogram.Record(value, new KeyValuePair<string, object?>("phase", "fence"));
        }

        _text.Read().ShouldBe("""
            # HELP dbswitch_phase_seconds Phases.
            # TYPE dbswitch_phase_seconds histogram
            dbswitch_phase_seconds_bucket{phase="fence",le="0.1"} 2
            dbswitch_phase_seconds_bucket{phase="fence",le="1"} 3
            dbswitch_phase_seconds_bucket{phase="fence",le="+Inf"} 4
            dbswitch_phase_seconds_sum{phase="fence"} 7.65
            dbswitch_phase_seconds_count{phase="fence"} 4

            """);
    }

    [Fact]
    public void What_would_end_a_value_or_a_line_is_escaped()
    {
        _meter.CreateObservableGauge("dbswitch.odd", () => new Measurement<long>(1, new KeyValuePair<string, object?>("name", "a\"b\\c\nd")), description: "Two\nlines \\ with \"quotes\".");

        _text.Read().ShouldBe("# HELP dbswitch_odd Two\\nlines \\\\ with \"quotes\".\n# TYPE dbswitch_odd gauge\ndbswitch_odd{name=\"a\\\"b\\\\c\\nd\"} 1\n");
    }

    [Fact]
    public void Another_meter_of_the_same_process_is_none_of_ours()
    {
        using var other = new Meter("test");
        other.CreateObservableGauge("dbswitch.other", () => 1L);

        _text.Read().ShouldBe("");
    }
}
