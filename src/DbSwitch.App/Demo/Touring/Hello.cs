using DbSwitch.App.Demo.Parts;

namespace DbSwitch.App.Demo.Touring;

/// <summary>One question of the client, and what came back.</summary>
/// <param name="Sent">The clock's timestamp.</param>
/// <param name="Answer">The line that it received; null for none.</param>
/// <param name="Answered">The clock's timestamp; meaningless without an answer.</param>
/// <param name="Over">Whether no other answer can come: it was answered, or the client has gone on to the next.</param>
internal sealed record Hello(int Number, long Sent, string? Answer = null, long Answered = 0, bool Over = false)
{
    public string Question => $"hello {Number}";

    /// <summary>Whether it was answered as this database answers, word for word.</summary>
    public bool IsAnsweredBy(Database database) => Answer == $"{database.Prefix} {Question}";

    public string Received => Answer is not null ? $"\"{Answer}\"" : Over ? $"no answer to {Question}" : $"nothing yet for {Question}";
}
