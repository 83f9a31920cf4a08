using System.Collections.Concurrent;
using System.Net;

namespace DbSwitch.App.Http.Authentication;

/// <summary>
/// How many requests each address may still make: so many a second, and a number of them at once. Counted when it is asked: .NET's own limiter fills its buckets by a timer,
/// ten times a second, which cost an idle manager as much as half of its work.
/// </summary>
internal sealed class RequestRate(int perSecond, int atOnce, TimeProvider time)
{
    /// <summary>Addresses that are remembered before those that have not asked for a while are forgotten.</summary>
    private const int Remembered = 1000;

    private readonly ConcurrentDictionary<IPAddress, Bucket> _buckets = new();

    /// <summary>Whether one more may be made now, which then counts.</summary>
    public bool Allows(IPAddress address)
    {
        if (_buckets.Count >= Remembered)
        {
            ForgetFull();
        }

        var now = time.GetTimestamp();
        var allowed = false;
        _buckets.AddOrUpdate(address, _ => Take(new Bucket(atOnce, now)), (_, bucket) => Take(bucket));
        return allowed;

        Bucket Take(Bucket bucket)
        {
            var left = LeftOf(bucket, now);
            allowed = left >= 1;
            return new Bucket(allowed ? left - 1 : left, now);
        }
    }

    private double LeftOf(Bucket bucket, long now) => Math.Min(atOnce, bucket.Left + (time.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond));

    // A full one says no more than none.
    private void ForgetFull()
    {
        var now = time.GetTimestamp();
        foreach (var (address, bucket) in _buckets)
        {
            if (LeftOf(bucket, now) >= atOnce)
            {
                _buckets.TryRemove(new KeyValuePair<IPAddress, Bucket>(address, bucket));
            }
        }
    }

    /// <param name="Left">Requests that were left then.</param>
    private sealed record Bucket(double Left, long At);
}
