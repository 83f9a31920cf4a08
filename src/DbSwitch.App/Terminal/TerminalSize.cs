namespace DbSwitch.App.Terminal;

/// <summary>How much a terminal shows.</summary>
internal static class TerminalSize
{
    private const int UsualWidth = 80;
    private const int UsualHeight = 24;

    /// <summary>Null where standard output is no terminal: what is piped is never cut or laid out anew.</summary>
    public static int? OutputWidth => Console.IsOutputRedirected ? null : Width;

    /// <summary>A terminal that does not know its size (a serial line, a container without one) has the usual one.</summary>
    public static int Width => Console.WindowWidth is > 0 and var width ? width : UsualWidth;

    public static int Height => Console.WindowHeight is > 0 and var height ? height : UsualHeight;

    /// <summary>Whether the terminal can put one line in another's place; "dumb" ones (an editor's, a build log's) can't.</summary>
    public static bool CanMove => Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term && term != "dumb";

    /// <summary>https://no-color.org: set to anything but nothing.</summary>
    public static bool WantsColours => CanMove && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
}
