using DbSwitch.Configuration;
using DbSwitch.Measuring;
using DbSwitch.Switching.Running;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DbSwitch.App.Telemetry;

/// <summary>
/// Sends metrics and traces to an OpenTelemetry collector, where one is configured. All that the standard's own variables say (<c>OTEL_…</c>) holds; a collector that is not there costs
/// nothing but what it would have got.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const int MostWaitAtTheEnd = 1000;

    private readonly OtlpTrouble _trouble;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    private OtlpExport(IConfiguration settings, ILogger logger, TimeProvider time)
    {
        _trouble = new OtlpTrouble(logger, settings[EndpointKey]!, time);
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureServices(s => s.AddSingleton(settings)).ConfigureResource(Describe).AddMeter(Measures.MeterName).AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureServices(s => s.AddSingleton(settings)).ConfigureResource(Describe).AddSource(SwitchoverTrace.SourceName).AddOtlpExporter().Build();
    }

    /// <returns>Null where nothing is to be sent anywhere.</returns>
    public static OtlpExport? Start(DbSwitchConfiguration configuration, ILogger logger, TimeProvider time)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables();
        if (configuration.OtlpEndpoint is { } endpoint)
        {
            settings.AddInMemoryCollection([new(EndpointKey, endpoint.ToString())]);
        }

        var all = settings.Build();
        return string.IsNullOrEmpty(all[EndpointKey]) || "true".Equals(all["OTEL_SDK_DISABLED"], StringComparison.OrdinalIgnoreCase) ? null : new OtlpExport(all, logger, time);
    }

    public void Dispose()
    {
        // What is left is sent; a collector that does not answer must not keep the manager from ending.
        _metrics.Shutdown(MostWaitAtTheEnd);
        _traces.Shutdown(MostWaitAtTheEnd);
        _metrics.Dispose();
        _traces.Dispose();
        _trouble.Dispose();
    }

    // What the environment says of the resource goes before.
    private static void Describe(ResourceBuilder resource) =>
        resource.AddService("dbswitch", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3)).AddEnvironmentVariableDetector();
}
