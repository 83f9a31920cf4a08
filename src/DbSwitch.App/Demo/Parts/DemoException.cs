namespace DbSwitch.App.Demo.Parts;

/// <summary>Why the demo can't go on, for the person in front of it; may have several lines.</summary>
internal sealed class DemoException(string message) : Exception(message);
