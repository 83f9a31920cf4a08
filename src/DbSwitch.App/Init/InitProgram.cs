using DbSwitch.App.ExitCodes;
using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.App.Init;

/// <summary><c>dbswitch init</c>: all files or none, and none that is there already.</summary>
internal static class InitProgram
{
    /// <param name="folder">Where the files go.</param>
    /// <param name="force">Whether files that are there may be replaced.</param>
    public static void Write(InitAnswers answers, string folder, bool force, TextWriter output)
    {
        var files = Files(answers).ToDictionary(file => Path.Combine(folder, file.Name), file => file.Text);
        if (!force && files.Keys.Where(File.Exists).ToList() is { Count: > 0 } there)
        {
            throw new CommandException(ExitCode.Refused, $"Nothing was written: {string.Join(" and ", there)} {(there.Count == 1 ? "is" : "are")} there already. Say --folder DIR for another place, or --force to replace {(there.Count == 1 ? "it" : "them")}.");
        }

        try
        {
            Directory.CreateDirectory(folder);
            Check(answers, folder);
            foreach (var (file, text) in files)
            {
                File.WriteAllText(file, text);
                output.WriteLine($"written: {file}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{folder} can't be written to: {e.Message}", e);
        }

        if (answers.Kind == "mysql")
        {
            output.WriteLine("First, on the primary: the account dbswitch, with the rights that docs/mysql.md has; and its password into the file that password_file of dbswitch.yaml names.");
        }
        else if (answers.Kind == "postgres")
        {
            output.WriteLine("First, on the primary: CREATE ROLE dbswitch LOGIN SUPERUSER PASSWORD '…'; and its password into the file that password_file of dbswitch.yaml names (docs/postgresql.md).");
        }

        if (answers.Kind == "redis")
        {
            output.WriteLine("First, on both: the user dbswitch with the rights that docs/redis.md has, and its password into the file that password_file of dbswitch.yaml names.");
        }

        output.WriteLine(answers.Haproxy switch
        {
            InitHaproxy.New => $"Next: haproxy -c -f {Path.Combine(folder, "haproxy.cfg")}, start HAProxy, dbswitch serve --config {Path.Combine(folder, "dbswitch.yaml")}, and dbswitch select {answers.Targets[0].Key}.",
            InitHaproxy.Existing => string.Join('\n', Next(answers, folder)),
            _ => $"Next: dbswitch serve --config {Path.Combine(folder, "dbswitch.yaml")}, which starts HAProxy too, and dbswitch select {answers.Targets[0].Key}.",
        });
        if (answers is { Haproxy: InitHaproxy.Existing, ExistingText: null })
        {
            output.WriteLine();
            output.Write(HaproxyText.Additions(answers));
        }
    }

    // In this order no client loses its database: the manager takes over what HAProxy serves, and gives it back to the HAProxy that the reload starts.
    private static IEnumerable<string> Next(InitAnswers answers, string folder) =>
    [
        "Next:",
        .. answers.Places.FolderCommand is { } make ? [$"  {make}"] : Array.Empty<string>(),
        "  systemctl enable --now dbswitch            # or dbswitch serve; it takes over the database that HAProxy serves, and moves nobody",
        .. answers.ExistingText is null
            ? (string[])["  add the lines below to HAProxy's configuration"]
            : [$"  cp {Path.Combine(folder, "haproxy.cfg")} /etc/haproxy/haproxy.cfg    # yours with the lines of dbswitch; look at it first"],
        "  systemctl reload haproxy",
        $"  dbswitch status                            # where nothing is selected yet: dbswitch select {answers.Targets[0].Key}",
        "  dbswitch doctor --haproxy-cfg /etc/haproxy/haproxy.cfg",
        "The way back, at any moment: docs/back-out.md (dbswitch leave).",
    ];

    private static IEnumerable<(string Name, string Text)> Files(InitAnswers answers)
    {
        yield return ("dbswitch.yaml", DbSwitchYaml.Of(answers));
        if (answers.Haproxy == InitHaproxy.New)
        {
            yield return ("haproxy.cfg", HaproxyText.File(answers));
        }
        else if (answers is { Haproxy: InitHaproxy.Existing, ExistingText: { } existing })
        {
            yield return ("haproxy.cfg", HaproxyText.Merged(existing, answers));
        }

        if (answers.Haproxy != InitHaproxy.Managed)
        {
            yield return ("dbswitch.lua", CompanionScript.Text);
        }
    }

    // What was asked for is judged by what will read it, before anything is in its place.
    private static void Check(InitAnswers answers, string folder)
    {
        var trial = Path.Combine(folder, $".dbswitch.yaml.{Environment.ProcessId}");
        try
        {
            File.WriteAllText(trial, DbSwitchYaml.Of(answers));
            if (ConfigurationFile.Load(trial, _ => null, DatabaseKinds.Known.Binders) is { IsValid: false } read)
            {
                throw new CommandException(ExitCode.Usage, "Nothing was written. " + string.Join(Environment.NewLine, read.Problems.Select(problem => $"{problem.Path}: {problem.Message}")));
            }
        }
        finally
        {
            File.Delete(trial);
        }
    }
}
