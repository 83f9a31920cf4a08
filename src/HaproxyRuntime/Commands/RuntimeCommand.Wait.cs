namespace HaproxyRuntime;

/// <content><c>wait</c> (management guide section 9.3), from HAProxy 3.0 on; it needs the level <c>admin</c>.</content>
public sealed partial record RuntimeCommand
{
    /// <summary>
    /// <c>wait DURATION srv-removable BACKEND/SERVER</c>: answered when the server can be deleted, or can never be, or the time is up. See <see cref="RuntimeApi.WaitUntilRemovableAsync"/>.
    /// On 3.0 and 3.1 each look stops all threads for a moment. What follows on the same session waits with it; closing the session ends it.
    /// </summary>
    /// <param name="backend">Its backend.</param>
    /// <param name="server">Its name, in maintenance.</param>
    /// <param name="atMost">1 ms to 24 days. Five seconds and less are sure to be within <c>stats timeout</c>.</param>
    public static RuntimeCommand WaitUntilRemovable(string backend, string server, TimeSpan atMost) =>
        new($"wait {Duration(atMost, nameof(atMost))}ms srv-removable {Server(backend, server)}", true) { Waits = atMost };
}
