using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HaproxyRuntime;

namespace DbSwitch.Simulation.Proxies;

/// <summary>One HAProxy instance over its restarts and reloads, with its master, and all connections to it.</summary>
/// <param name="remembers">Whether its companion script keeps the generation over restarts, as a managed one does.</param>
/// <param name="distort">What a planted flaw makes of a command on its way, and of its answer.</param>
internal sealed class SimProxy(string name, string version, bool hasScript, bool remembers, SimClock clock, Random random, Distortion distort)
{
    private int _nextPid = 1;
    private long _heard;

    public string Name { get; } = name;

    public string Version { get; } = version;

    public bool HasScript { get; } = hasScript;

    /// <summary>The process that takes new clients; null while there is none.</summary>
    public SimWorker? Current { get; private set; }

    public List<SimWorker> Old { get; } = [];

    /// <summary>It does nothing and answers nobody; what it is sent waits.</summary>
    public bool Frozen { get; set; }

    /// <summary>Nothing goes between it and the manager; what was sent may still arrive.</summary>
    public bool CutOff { get; set; }

    /// <summary>Its master's socket is not the manager's to use: made anew by a reload, by somebody else.</summary>
    public bool DeniesMaster { get; set; }

    /// <summary>How often, in 100, a command that changes something is not answered as it should be.</summary>
    public int Trouble { get; set; }

    public IEnumerable<SimWorker> Workers => Current is null ? Old : Old.Append(Current);

    /// <summary>Those that one of the two ends still has.</summary>
    public List<SimConnection> Connections { get; } = [];

    public List<string>? Diary { get; set; }

    public void Start() => Current ??= NewWorker();

    public void Kill()
    {
        foreach (var worker in Workers)
        {
            worker.End();
        }

        foreach (var master in Connections.Where(c => c.Worker is null))
        {
            master.ClosedByPeer = true;
        }

        Current = null;
        Old.Clear();
        Frozen = false;
    }

    public void Reload()
    {
        if (Current is { } before && !Frozen)
        {
            before.Stopping = true;
            Old.Add(before);
            Current = NewWorker();
        }
    }

    public void EndOldWorkers()
    {
        Old.ForEach(w => w.End());
        Old.Clear();
    }

    /// <summary>A stopping process ends with its last connection.</summary>
    public void EndTheIdle()
    {
        foreach (var worker in Old.Where(w => w.Jobs == 0).ToList())
        {
            worker.End();
            Old.Remove(worker);
        }
    }

    public void Remember(long generation) => _heard = remembers ? Math.Max(_heard, generation) : 0;

    public async Task<Connection> ConnectAsync(RuntimeEndpoint endpoint, CancellationToken cancel)
    {
        if (CutOff)
        {
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(false);
        }

        if (Current is not { } worker)
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        if (DeniesMaster && endpoint is RuntimeEndpoint.Unix { Path: "/master" })
        {
            throw new SocketException((int)SocketError.AccessDenied);
        }

        var connection = new SimConnection(this, endpoint is RuntimeEndpoint.Unix { Path: "/master" } ? null : worker);
        Connections.Add(connection);
        connection.Worker?.Connections.Add(connection);
        return connection;
    }

    /// <summary>Whether the other end may do something with this connection now.</summary>
    /// <summary>What it answered last, whether that arrived or not.</summary>
    public string LastAnswer { get; private set; } = "";

    public bool CanRead(SimConnection connection) => !Frozen && !connection.Stalled && (!CutOff || connection.ClosedByUs) && (!connection.ClosedByPeer || connection.ClosedByUs) && (connection.ToPeer.Count > 0 || connection.ClosedByUs);

    public bool CanDeliver(SimConnection connection) => !CutOff && !connection.ClosedByUs && !connection.LostByUs && connection.HasNews;

    /// <summary>HAProxy reads one command and answers it, or notices that our end has closed.</summary>
    /// <returns>Whether there was a command.</returns>
    public bool Read(SimConnection connection)
    {
        if (connection.ClosedByPeer || !connection.ToPeer.TryDequeue(out var line))
        {
            Forget(connection);
            return false;
        }

        // From 3.0 on commands may be lost whose sender has closed before reading the answer.
        if (connection.ClosedByUs && !Version.StartsWith("2.", StringComparison.Ordinal) && random.Next(4) == 0)
        {
            return true;
        }

        var answer = connection.Worker is { } worker ? AnswerOf(worker, connection, line) : MasterAnswer(connection, line);
        if (!connection.ClosedByUs && !connection.LostByUs)
        {
            connection.ToUs.AddRange(Encoding.ASCII.GetBytes(answer));
        }

        return true;
    }

    public void Forget(SimConnection connection)
    {
        connection.Worker?.Connections.Remove(connection);
        Connections.Remove(connection);
    }

    private string AnswerOf(SimWorker worker, SimConnection connection, string line)
    {
        if (worker.HasEnded)
        {
            return "";
        }

        var answer = distort.Answer(line, worker.Execute(distort.Command(line, worker), connection, random));
        connection.Answers++;
        LastAnswer = answer;
        if (Diary is not null && !line.StartsWith("show", StringComparison.Ordinal) && line != "prompt")
        {
            Diary.Add($"{Name}: pid {worker.Pid}: {line}: {answer.Trim()}");
        }

        return answer + "\n> ";
    }

    private string MasterAnswer(SimConnection connection, string line)
    {
        const string Prompt = "master> ";
        switch (line)
        {
            case "prompt":
                return Prompt;
            case "quit":
                connection.ClosedByPeer = true;
                return Prompt;
            case "show proc":
                return Processes() + "\n" + Prompt;
        }

        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var pid = int.Parse(line.AsSpan(2, space - 2), CultureInfo.InvariantCulture);
        if (Workers.FirstOrDefault(w => w.Pid == pid) is not { } worker)
        {
            return $"Can't find the target PID matching the prefix '@!{pid}'\n{Prompt}";
        }

        var command = line[(space + 1)..];
        var answer = distort.Answer(command, worker.Execute(distort.Command(command, worker), null, random));
        Diary?.Add($"{Name}: by its master, pid {pid}: {command}: {(command.StartsWith("show", StringComparison.Ordinal) ? "" : answer.Trim())}");
        return answer + "\n" + Prompt;
    }

    private string Processes()
    {
        var text = new StringBuilder("#<PID>          <type>          <reloads>       <uptime>        <version>      \n");
        Row(9_999, "master", "1 [failed: 0]");
        text.Append("# workers\n");
        Row(Current!.Pid, "worker", "0");
        text.Append("# old workers\n");
        Old.ForEach(w => Row(w.Pid, "worker", "1"));
        return text.Append(Version.StartsWith("3.2", StringComparison.Ordinal) ? "" : "# programs\n").ToString();

        void Row(int pid, string type, string reloads) => text.Append(CultureInfo.InvariantCulture, $"{pid,-15} {type,-15} {reloads,-15} 0d00h00m01s     {Version,-15}\n");
    }

    private SimWorker NewWorker() => new(this, _nextPid++, remembers ? _heard : 0, clock);
}

/// <summary>What a planted flaw makes of what goes between the manager and a proxy.</summary>
internal record Distortion
{
    public virtual string Command(string line, SimWorker worker) => line;

    public virtual string Answer(string line, string answer) => answer;
}
