namespace DbSwitch.Model;

/// <summary>How high a generation may be. A switch gets nowhere near it by itself; a number that somebody wrote into a companion script must not leave it without a next one.</summary>
public static class Generations
{
    /// <summary>2^52, as in deploy/dbswitch.lua: exact in Lua and in JSON, and far from the end of both.</summary>
    public const long Highest = 1L << 52;
}
