using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>What the companion script of one proxy has counted since we first looked, whatever processes have taken each other's place meanwhile. Not safe for use by several at once.</summary>
public sealed class CompanionCount
{
    private (int Pid, long StartTime) _process;
    private Companion? _last;

    /// <summary>How many went on to a server after they had waited.</summary>
    public long Released { get; private set; }

    /// <summary>How many were closed because they may not wait longer.</summary>
    public long Expired { get; private set; }

    /// <summary>How many gave up before.</summary>
    public long Dropped { get; private set; }

    /// <summary>New connections that waited when it was looked at last.</summary>
    public int Waiting { get; private set; }

    public void Take(ProcessInfo process, Companion now)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(now);
        if (_last is null)
        {
            // What was counted before we looked is not ours.
            _last = now;
        }
        else if (_process != (process.Pid, process.StartTime))
        {
            // A new process counts from zero.
            _last = now with { Released = 0, Expired = 0, Dropped = 0 };
        }

        Released += now.Released - _last.Released;
        Expired += now.Expired - _last.Expired;
        Dropped += now.Dropped - _last.Dropped;
        (_process, _last, Waiting) = ((process.Pid, process.StartTime), now, now.Waiting);
    }
}
