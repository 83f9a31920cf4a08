using System.Text;

namespace DbSwitch.App.Terminal;

/// <summary>
/// The terminal's second screen (xterm's alternate one, which all terminals of today have): what was there before is there again when this is disposed,
/// however the program ends, but by SIGKILL.
/// </summary>
internal sealed class FullScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";

    private readonly TextWriter _terminal;

    public FullScreen(TextWriter terminal)
    {
        _terminal = terminal;
        _terminal.Write(Enter);
        _terminal.Flush();
    }

    /// <summary>Shows these lines, as far as there is room. One write, so that nothing flickers.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        var frame = new StringBuilder("\e[H");
        for (var i = 0; i < lines.Count; i++)
        {
            // Nothing behind the last line, which would scroll.
            frame.Append(lines[i]).Append("\e[0m\e[K").Append(i < lines.Count - 1 ? "\r\n" : "");
        }

        _terminal.Write(frame.Append("\e[J"));
        _terminal.Flush();
    }

    public void Dispose()
    {
        _terminal.Write(Leave);
        _terminal.Flush();
    }
}
