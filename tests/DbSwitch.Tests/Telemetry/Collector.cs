using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Tests.Telemetry;

/// <summary>An OpenTelemetry collector that keeps what it is sent: by gRPC, or by protocol buffers over HTTP (opentelemetry.io/docs/specs/otlp).</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentDictionary<string, string> _metrics = new();

    private Collector(int port, bool grpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _web = builder.Build();
        _web.MapPost("/v1/traces", (HttpContext c) => TakeAsync(c, TakeTraces));
        _web.MapPost("/v1/metrics", (HttpContext c) => TakeAsync(c, TakeMetrics));
        _web.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", (HttpContext c) => TakeGrpcAsync(c, TakeTraces));
        _web.MapPost("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", (HttpContext c) => TakeGrpcAsync(c, TakeMetrics));
        Address = $"http://127.0.0.1:{port}";
    }

    public string Address { get; }

    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    /// <summary>Names, with the service that sent them.</summary>
    public IReadOnlyDictionary<string, string> Metrics => _metrics;

    public static async Task<Collector> StartedAsync(bool grpc)
    {
        var collector = new Collector(FreePort.Take(), grpc);
        await collector._web.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static async Task TakeAsync(HttpContext context, Action<WireMessage> take)
    {
        context.Request.ContentType.ShouldBe("application/x-protobuf");
        take(new WireMessage(await BodyAsync(context)));
        context.Response.ContentType = "application/x-protobuf";
    }

    private static async Task TakeGrpcAsync(HttpContext context, Action<WireMessage> take)
    {
        // Five bytes before the message: not compressed, and its length.
        take(new WireMessage((await BodyAsync(context)).AsMemory(5)));
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    // trace.proto: resource_spans 1 { resource 1, scope_spans 2 { spans 2 { trace_id 1, span_id 2, parent 4, name 5, start 7, end 8, attributes 9, status 15 { message 2, code 3 } } } }
    private void TakeTraces(WireMessage request)
    {
        foreach (var span in request.Messages(1).SelectMany(r => r.Messages(2)).SelectMany(s => s.Messages(2)))
        {
            _spans.Enqueue(new ReceivedSpan(
                Convert.ToHexString(span.Bytes(1).Span), Convert.ToHexString(span.Bytes(2).Span), Convert.ToHexString(span.Bytes(4).Span), span.Text(5), span.Value(7), span.Value(8), span.Attributes(9)));
        }
    }

    // metrics.proto: resource_metrics 1 { resource 1 { attributes 1 }, scope_metrics 2 { metrics 2 { name 1 } } }
    private void TakeMetrics(WireMessage request)
    {
        foreach (var resource in request.Messages(1))
        {
            var service = resource.Messages(1).Single().Attributes(1)["service.name"];
            foreach (var metric in resource.Messages(2).SelectMany(s => s.Messages(2)))
            {
                _metrics[metric.Text(1)] = service;
            }
        }
    }
}

/// <param name="Parent">Empty for none.</param>
internal sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name, ulong Start, ulong End, IReadOnlyDictionary<string, string> Attributes);
