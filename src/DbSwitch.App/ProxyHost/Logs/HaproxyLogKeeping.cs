using System.Text;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.App.ProxyHost.Logs;

/// <summary>Where HAProxy's log goes: to the journal under systemd, otherwise to a rotating file, and to the terminal if asked.</summary>
internal sealed class HaproxyLogKeeping(RunDirectory directory, bool journal, bool print, TimeProvider clock) : IDisposable
{
    private readonly RotatingFile? _file = journal ? null : new RotatingFile(directory.Log);

    /// <summary>How a person finds it.</summary>
    public static string Place(RunDirectory directory, bool journal) => journal ? "the journal" : directory.Log;

    public void Write(HaproxyLogLine line)
    {
        if (_file is null)
        {
            Console.WriteLine(line.ForJournal);
            return;
        }

        var text = line.ForPeople(clock.GetLocalNow());
        _file.Append(Encoding.UTF8.GetBytes(text + "\n"));
        if (print)
        {
            Console.WriteLine(text);
        }
    }

    public void Dispose() => _file?.Dispose();
}
