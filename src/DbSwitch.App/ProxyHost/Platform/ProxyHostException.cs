namespace DbSwitch.App.ProxyHost.Platform;

/// <summary>A proxy host cannot do what it was asked to; the message is for the operator and says what to do.</summary>
public sealed class ProxyHostException : Exception
{
    public ProxyHostException()
    {
    }

    public ProxyHostException(string message) : base(message)
    {
    }

    public ProxyHostException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
