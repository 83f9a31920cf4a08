namespace DbSwitch.Configuration.Yaml;

/// <summary>A place in the file, counted from 1; <c>default</c> means the file as a whole.</summary>
internal readonly record struct Mark(int Line, int Column);
