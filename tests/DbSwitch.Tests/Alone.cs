namespace DbSwitch.Tests;

/// <summary>Tests that measure time, or need the whole machine: they run when the others are over, one after the other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
