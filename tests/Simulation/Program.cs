using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using DbSwitch.Simulation;

// dbswitch simulation: FIRST COUNT [FLAW]      runs seeds until one fails; prints it with the end of its diary
//                      FIRST COUNT FLAW --digest   prints one digest of all diaries
//                      SEED 1 FLAW --diary         prints a whole diary
if (args.Length < 2 || !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
{
    Console.Error.WriteLine("usage: DbSwitch.Simulation FIRST COUNT [FLAW] [--digest | --diary]");
    return 2;
}

ThreadPool.GetMaxThreads(out var threads, out _);
if (threads != 1)
{
    Console.Error.WriteLine("The simulation needs a thread pool of one thread (System.Threading.ThreadPool.MaxThreads in its runtimeconfig.json).");
    return 2;
}

var flaw = args.Length > 2 ? Enum.Parse<Flaw>(args[2]) : Flaw.None;
var all = args.Contains("--all");
var keeps = args.Contains("--digest") || args.Contains("--diary");
var schedule = new Schedule(flaw, keeps);
using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
AppDomain.CurrentDomain.FirstChanceException += (_, e) => Watch(schedule, e);
var failed = 0;
for (var seed = first; seed < first + count; seed++)
{
    var failure = schedule.Run(seed);
    if (keeps)
    {
        schedule.Diary.Add($"seed {seed}: {failure ?? "passed"}");
        digest.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', schedule.Diary)));
        if (args.Contains("--diary"))
        {
            schedule.Diary.ForEach(Console.WriteLine);
        }
    }
    else if (failure is not null)
    {
        failed++;
        Console.WriteLine($"seed {seed}: {failure}");
        if (all)
        {
            continue;
        }

        if (flaw == Flaw.None)
        {
            schedule = new Schedule(flaw, true);
            schedule.Run(seed);
            schedule.Diary.TakeLast(80).ToList().ForEach(Console.WriteLine);
        }

        return 1;
    }
}

if (args.Contains("--digest"))
{
    Console.WriteLine(Convert.ToHexString(digest.GetHashAndReset()));
}

Console.WriteLine($"{count} schedules, {schedule.Total} events, {failed} failed");
return failed == 0 ? 0 : 1;

// Errors that .NET itself finds are nobody's plan.
static void Watch(Schedule schedule, FirstChanceExceptionEventArgs e)
{
    if (e.Exception is NullReferenceException or ArgumentException or InvalidCastException or IndexOutOfRangeException or KeyNotFoundException or (InvalidOperationException and not ObjectDisposedException))
    {
        schedule.Met(e.Exception);
    }
}
