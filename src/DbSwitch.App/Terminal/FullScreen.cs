using System.Globalization;
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
            // Each line by its number: a line's end would scroll at the last one.
            frame.Append(i == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"\e[{i + 1};1H")).Append(lines[i]).Append("\e[0m\e[K");
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
