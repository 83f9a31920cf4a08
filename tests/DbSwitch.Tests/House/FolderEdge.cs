namespace DbSwitch.Tests.House;

/// <summary>One folder needs another one: a file in it names a type that is declared there.</summary>
/// <param name="From">The folder from the project's; with <c>/*</c> for the files that lie in it directly, beside its folders.</param>
/// <param name="File">The file that names the type, from the project's folder.</param>
internal sealed record FolderEdge(string From, string To, string File, string Type)
{
    public override string ToString() => $"{From} needs {To}: {File} names {Type}";
}
