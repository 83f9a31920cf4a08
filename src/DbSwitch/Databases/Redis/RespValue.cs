namespace DbSwitch.Databases.Redis;

/// <summary>One answer, as the Redis serialization protocol (RESP2) has it.</summary>
internal abstract record RespValue
{
    private RespValue()
    {
    }

    /// <summary>A simple string or a bulk string; null for a null one.</summary>
    public sealed record Text(string? Value) : RespValue;

    /// <param name="Message">With its first word, which says what kind of error it is: NOPERM, READONLY, ….</param>
    public sealed record Error(string Message) : RespValue
    {
        /// <summary>What kind of error it is.</summary>
        public string Word => Message.Split(' ', 2)[0];
    }

    public sealed record Number(long Value) : RespValue;

    /// <param name="Items">Null for a null array.</param>
    public sealed record List(IReadOnlyList<RespValue>? Items) : RespValue;
}
