using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.Databases.Redis;

/// <summary>
/// What min-replicas-to-write is while a switchover keeps a server closed to writes: so many replicas that none of them is ever there, which switchover it was, and in the last two digits what the value
/// was before. So whoever finds it can set it back: <c>CONFIG SET min-replicas-to-write N</c>.
/// </summary>
/// <param name="Owner">Which switch of which manager, as far as the room for it tells them apart.</param>
/// <param name="Generation">Of the switchover, likewise.</param>
/// <param name="Old">The value before.</param>
public sealed record RedisMark(int Owner, int Generation, int Old)
{
    /// <summary>The most that the value may be where it is to be kept.</summary>
    public const int MostReplicas = Olds - 1;

    private const int Olds = 100;
    private const int Generations = 1024;
    private const int Owners = 20_000;

    // Nobody has a million replicas.
    private const int Least = 1_000_000;

    public string Value => (Least + ((Owner * Generations + Generation) * Olds) + Old).ToString(CultureInfo.InvariantCulture);

    public static RedisMark Of(Closure by, int old) => new(OwnerOf(by), (int)(by.Generation % Generations), old);

    /// <summary>Null for a value that is none of ours.</summary>
    public static RedisMark? Read(long value) => value >= Least && (value - Least) / Olds is var rest ? new RedisMark((int)(rest / Generations), (int)(rest % Generations), (int)(value % Olds)) : null;

    public bool IsOfSameSwitch(Closure by) => Owner == OwnerOf(by);

    public bool IsOfSameSwitchover(Closure by) => IsOfSameSwitch(by) && Generation == (int)(by.Generation % Generations);

    private static int OwnerOf(Closure by) => (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{by.Manager}\n{by.Switch}"))) % Owners);
}
