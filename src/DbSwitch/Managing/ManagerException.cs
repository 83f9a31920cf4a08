namespace DbSwitch.Managing;

/// <summary>The manager does not start with this configuration and this store, and why, with what to do. Nothing was touched.</summary>
public sealed class ManagerException(string message) : Exception(message);
