namespace DbSwitch.Switching.Running;

/// <summary>What a person is told of a database that did not do what it was asked for.</summary>
internal static class DatabaseWords
{
    public static string Of(Exception e) => e is TimeoutException or OperationCanceledException ? "the databases did not answer in time" : e.Message;
}
