using System.Globalization;
using System.Text;
using DbSwitch.App.ProxyHost.Platform;
using HaproxyRuntime;

namespace DbSwitch.App.ProxyHost.Identity;

/// <summary>The directory in which one managed proxy runs, and the names of what lives in it.</summary>
public sealed class RunDirectory
{
    /// <param name="listenDirectory">The manager's own run directory, absolute.</param>
    /// <param name="proxy">The proxy's name.</param>
    public RunDirectory(string listenDirectory, string proxy)
    {
        Proxy = proxy;
        Root = Path.Combine(Path.GetFullPath(listenDirectory), proxy);
    }

    public string Proxy { get; }

    public string Root { get; }

    /// <summary>Held by the living host. Never removed: removing a lock file lets two hold it.</summary>
    public string Lock => Path.Combine(Root, "lock");

    /// <summary>Who holds the lock: pid and start time. A file of its own, since .NET cannot read one that another process has locked.</summary>
    public string HostPid => Path.Combine(Root, "host.pid");

    public string Status => Path.Combine(Root, "host.json");

    /// <summary>A detached host's own words.</summary>
    public string HostLog => Path.Combine(Root, "host.log");

    /// <summary>The configuration that HAProxy runs with; what is to follow it waits beside it until HAProxy has checked it.</summary>
    public string Configuration => Path.Combine(Root, "haproxy.cfg");

    public string NextConfiguration => Path.Combine(Root, "haproxy.cfg.next");

    public string AdminSocket => Path.Combine(Root, "admin.sock");

    public string MasterSocket => Path.Combine(Root, "master.sock");

    public string LogSocket => Path.Combine(Root, "log.sock");

    public string Log => Path.Combine(Root, "haproxy.log");

    /// <summary>The companion script, as this executable has it.</summary>
    public string Script => Path.Combine(Root, "dbswitch.lua");

    /// <summary>Where the companion script keeps the highest generation of each backend over HAProxy's restarts, and its next version while it is written.</summary>
    public string Generations => Path.Combine(Root, "generations");

    /// <summary>Where a worker that is stopping hands new connections of a frontend on to the worker that has taken its place.</summary>
    /// <param name="frontend">Its place among the plan's: connections hop to whoever serves the address that their client asked for.</param>
    public string HopSocket(int frontend) => Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"hop{frontend}.sock"));

    /// <summary>HAProxy's standard output and error: a file, since a pipe that nobody reads stops it.</summary>
    public string Output => Path.Combine(Root, "haproxy.err");

    /// <summary>Makes the directory, readable by its owner and group alone: who can write to the sockets in it decides where clients go.</summary>
    /// <exception cref="ProxyHostException">It cannot be made, or is too deep for a socket.</exception>
    public void Create()
    {
        // The longest name (a thousand hop sockets have no longer one). HAProxy binds a temporary name first (".PID.tmp" and ".bak" beside the socket's own), so some bytes are kept for that.
        var longest = Encoding.UTF8.GetByteCount(MasterSocket) + ".1234567.tmp".Length;
        if (longest > RuntimeEndpoint.LongestSocketPath)
        {
            throw new ProxyHostException(
                $"{Root} is too long a path for HAProxy's sockets (a socket's path has {RuntimeEndpoint.LongestSocketPath} bytes at most): give \"listen: unix:\" a shorter one, such as /run/dbswitch/dbswitch.sock.");
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                throw new ProxyHostException("A managed proxy needs Linux or macOS: HAProxy does not run on Windows.");
            }

            Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProxyHostException($"The run directory {Root} cannot be made: {e.Message} Make it for this user, or name another one in \"listen: unix:\".", e);
        }
    }

    /// <summary>Removes what would tell others that something still runs here. Logs, the lock and the last configuration stay.</summary>
    public void RemoveTraces()
    {
        foreach (var file in (string[])[Status, AdminSocket, MasterSocket, LogSocket, NextConfiguration, .. Directory.GetFiles(Root, "hop*.sock")])
        {
            File.Delete(file);
        }
    }
}
