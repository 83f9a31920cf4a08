using System.Threading.Channels;

namespace DbSwitch.App.Terminal;

/// <summary>The keys that a person presses, one by one.</summary>
internal static class Keys
{
    /// <summary>Reads the terminal until it goes away. Call it only where there is one.</summary>
    public static ChannelReader<char> Read()
    {
        var pressed = Channel.CreateUnbounded<char>();

        // Reading blocks, and nothing can cancel it: it ends with the process.
        new Thread(() => Read(pressed.Writer)) { IsBackground = true, Name = "keys" }.Start();
        return pressed.Reader;
    }

    private static void Read(ChannelWriter<char> pressed)
    {
        try
        {
            while (true)
            {
                pressed.TryWrite(char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // No terminal any more; its hang-up ends the program.
        }
    }
}
