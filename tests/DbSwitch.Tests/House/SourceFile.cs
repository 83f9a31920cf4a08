namespace DbSwitch.Tests.House;

/// <summary>A source file of a project.</summary>
/// <param name="Path">From the project's folder, with slashes.</param>
internal sealed record SourceFile(string Path, string Text);
