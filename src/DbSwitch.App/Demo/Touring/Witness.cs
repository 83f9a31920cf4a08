using DbSwitch.App.Demo.Parts;

namespace DbSwitch.App.Demo.Touring;

/// <summary>Asks the client's journal what the tour wants to be certain of, and says otherwise what was expected and what came instead.</summary>
internal sealed class Witness(ClientJournal client, TimeProvider clock)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The first hello of which it is certain that it was sent after this moment: one that was sent a moment before may not have been read yet
    /// from the client's output.
    /// </summary>
    public int FromNowOn => client.Count + 1;

    /// <summary>So many hellos in a row from a place on, and each is answered by this database.</summary>
    public async Task<IReadOnlyList<Hello>> AllAnsweredAsync(int place, int count, Database by, CancellationToken cancel)
    {
        var hellos = await OverAsync(place, count, $"answers of {by.Name}", cancel);
        return hellos.FirstOrDefault(h => !h.IsAnsweredBy(by)) is { } other
            ? throw new TourException($"\"{by.Prefix} {other.Question}\"", other.Received)
            : hellos;
    }

    /// <summary>So many hellos in a row from a place on, and none is answered.</summary>
    public async Task<IReadOnlyList<Hello>> NoneAnsweredAsync(int place, int count, CancellationToken cancel)
    {
        var hellos = await OverAsync(place, count, "hellos without an answer", cancel);
        return hellos.FirstOrDefault(h => h.Answer is not null) is { } answered
            ? throw new TourException($"no answer to {answered.Question}", answered.Received)
            : hellos;
    }

    /// <summary>The first answer from a place on that is this database's; others before it are allowed, and none of another database behind it.</summary>
    public async Task<Hello> FirstAnswerAsync(int place, Database by, CancellationToken cancel)
    {
        var hellos = await client.WaitAsync(place, all => all.Any(h => h.IsAnsweredBy(by)), Deadline, cancel);
        var first = hellos.FirstOrDefault(h => h.IsAnsweredBy(by))
            ?? throw new TourException($"\"{by.Prefix} hello …\" within {Deadline.TotalSeconds:0} s", hellos.Count == 0 ? "not one hello: the client has not sent any" : hellos[^1].Received);
        return hellos.SkipWhile(h => h != first).FirstOrDefault(h => h.Answer is not null && !h.IsAnsweredBy(by)) is { } other
            ? throw new TourException($"no answer of another database after the first of {by.Name}", other.Received)
            : first;
    }

    public string Since(long began, Hello first) => $"{clock.GetElapsedTime(began, first.Answered).TotalMilliseconds:0} ms";

    public static string Say(IReadOnlyList<Hello> hellos) => hellos.Count == 0 ? "nothing" : hellos[0].Received + (hellos.Count > 1 ? $" … {hellos[^1].Received}" : "");

    private async Task<IReadOnlyList<Hello>> OverAsync(int place, int count, string what, CancellationToken cancel)
    {
        var hellos = await client.WaitAsync(place, all => all.Count(h => h.Over) >= count, Deadline, cancel);
        IReadOnlyList<Hello> over = [.. hellos.Where(h => h.Over).Take(count)];
        return over.Count == count ? over : throw new TourException($"{count} {what} within {Deadline.TotalSeconds:0} s", hellos.Count == 0 ? "not one hello: the client waits" : hellos[^1].Received);
    }
}
