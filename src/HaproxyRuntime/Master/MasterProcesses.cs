namespace HaproxyRuntime;

/// <summary>What <c>show proc</c> lists (management guide section 9.4).</summary>
/// <param name="All">Every process, in its order.</param>
public sealed record MasterProcesses(IReadOnlyList<MasterProcess> All)
{
    /// <summary>The master.</summary>
    public MasterProcess Master => All[0];

    /// <summary>The workers that take clients.</summary>
    public IReadOnlyList<MasterProcess> Workers => [.. All.Where(process => process is { Kind: MasterProcessKind.Worker, IsOld: false })];

    /// <summary>The workers that reloads have left over, with sessions to finish. See <see cref="MasterProcess.IsOld"/> for one that is not.</summary>
    public IReadOnlyList<MasterProcess> OldWorkers => [.. All.Where(process => process is { Kind: MasterProcessKind.Worker, IsOld: true })];

    /// <summary>Reads <c>show proc</c>'s answer. Its formats differ: 2.4 has a column more, and 3.2 has no programs.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static MasterProcesses Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = answer.Split('\n');
        if (!lines[0].StartsWith("#<PID>", StringComparison.Ordinal) || !answer.EndsWith('\n'))
        {
            throw new FormatException("show proc has no header, or its last line no end");
        }

        var relativePid = lines[0].Contains("<relative PID>", StringComparison.Ordinal);
        var (program, old) = (false, false);
        var processes = new List<MasterProcess>();
        foreach (var line in lines.AsSpan(1))
        {
            switch (line.TrimEnd())
            {
                case "":
                    break;
                case "# workers":
                    (program, old) = (false, false);
                    break;
                case "# old workers":
                    (program, old) = (false, true);
                    break;
                case "# programs":
                    (program, old) = (true, false);
                    break;
                case "# old programs":
                    (program, old) = (true, true);
                    break;
                case var row:
                    processes.Add(MasterProcess.Parse(row, program, old, relativePid));
                    break;
            }
        }

        return processes is [{ Kind: MasterProcessKind.Master }, ..] && processes.Skip(1).All(process => process.Kind != MasterProcessKind.Master)
            ? new MasterProcesses(processes)
            : throw new FormatException("show proc does not begin with the one master");
    }

    /// <inheritdoc/>
    public bool Equals(MasterProcesses? other) => other is not null && All.SequenceEqual(other.All);

    /// <inheritdoc/>
    public override int GetHashCode() => All.Count > 0 ? All[0].GetHashCode() : 0;
}
