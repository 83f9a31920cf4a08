using System.Globalization;
using System.Net;
using DbSwitch.App.Http.Answering;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DbSwitch.App.Http.Authentication;

/// <summary>How much of everything is taken: far above what people and their tools need, far below what hurts. The Unix socket is never closed to the operator by what comes over TCP.</summary>
internal static class Limits
{
    public const int BodyBytes = 64 * 1024;
    public const int TcpConnections = 1000;
    public const int RequestsPerSecond = 200;
    private const int HeaderBytes = 16 * 1024;
    private const int Headers = 64;
    private const int RequestLineBytes = 4 * 1024;
    private const int Burst = 1000;
    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(10);

    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = BodyBytes;
        limits.MaxRequestHeadersTotalSize = HeaderBytes;
        limits.MaxRequestHeaderCount = Headers;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.RequestHeadersTimeout = HeaderTime;
    }

    /// <summary>Closes what is one connection too many, before a byte of it is read.</summary>
    public static void LimitConnections(ListenOptions listen)
    {
        var open = 0;
        listen.Use(next => async connection =>
        {
            try
            {
                if (Interlocked.Increment(ref open) > TcpConnections)
                {
                    connection.Abort(new ConnectionAbortedException("Too many connections are open."));
                    return;
                }

                await next(connection);
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });
    }

    /// <summary>Over TCP so many requests a second for each address, and a thousand at once.</summary>
    public static Func<HttpContext, RequestDelegate, Task> Rate()
    {
        var rate = new RequestRate(RequestsPerSecond, Burst, TimeProvider.System);
        return async (context, next) =>
        {
            if (!LocalUser.IsLocal(context) && !rate.Allows(context.Connection.RemoteIpAddress ?? IPAddress.None))
            {
                context.Response.Headers.RetryAfter = "1";
                await Problems.TooMany(string.Create(CultureInfo.InvariantCulture, $"More than {RequestsPerSecond} requests a second came from {context.Connection.RemoteIpAddress}. Wait a second; listen to /api/v1/events instead of asking again and again.")).ExecuteAsync(context);
                return;
            }

            await next(context);
        };
    }
}
