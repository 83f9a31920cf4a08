using HaproxyRuntime;

namespace DbSwitch.App.Init;

/// <summary>Asks at a terminal for what no option has said.</summary>
internal sealed class InitQuestions(TextReader input, TextWriter output)
{
    /// <summary>What was typed, or the suggestion.</summary>
    public string Ask(string question, string suggestion)
    {
        output.Write($"{question} [{suggestion}]: ");
        return input.ReadLine()?.Trim() is { Length: > 0 } answer ? answer : suggestion;
    }

    /// <summary>The databases, until an empty line; one that can't be understood is asked for again.</summary>
    public IReadOnlyList<KeyValuePair<string, HostPort>> AskTargets()
    {
        output.WriteLine("The databases that may be selected, one in a line: name=host:port, or host:port. An empty line ends the list.");
        var targets = new List<KeyValuePair<string, HostPort>>();
        while (true)
        {
            output.Write($"Database {targets.Count + 1}: ");
            if (input.ReadLine()?.Trim() is not { Length: > 0 } line)
            {
                return targets;
            }

            if (TargetOf(line, targets.Count + 1, out var problem) is { } target)
            {
                targets.Add(target);
            }
            else
            {
                output.WriteLine(problem);
            }
        }
    }

    /// <summary>What they are; the usual port of each suggests it.</summary>
    public string AskKind(IReadOnlyList<KeyValuePair<string, HostPort>> targets)
    {
        while (true)
        {
            var kind = Ask("What they are: postgres, mysql (MariaDB too), redis, or tcp for anything else", targets[0].Value.Port switch { 5432 => "postgres", 3306 => "mysql", 6379 => "redis", _ => "tcp" });
            if (kind is "postgres" or "mysql" or "redis" or "tcp")
            {
                return kind;
            }

            output.WriteLine("Write postgres, mysql, redis or tcp.");
        }
    }

    /// <summary><c>name=host:port</c>, or <c>host:port</c>, which is then called db and its place.</summary>
    public static KeyValuePair<string, HostPort>? TargetOf(string text, int place, out string problem)
    {
        var (name, address) = text.Split('=', 2) is [var before, var after] ? (before.Trim(), after.Trim()) : ($"db{place}", text);
        if (!HostPort.TryParse(address, out var parsed, out var wrong))
        {
            problem = $"\"{address}\" {wrong}.";
            return null;
        }

        problem = "";
        return new(name, parsed);
    }
}
