namespace HaproxyRuntime;

/// <summary>How a version of HAProxy has a feature.</summary>
public enum FeatureState
{
    /// <summary>It hasn't: a command that needs it is refused, or misunderstood.</summary>
    Missing,

    /// <summary>It has, behind <c>experimental-mode on</c> (management guide section 9.3).</summary>
    Experimental,

    /// <summary>It has, and using it can hang or kill the process, or harm clients: the reason says how.</summary>
    Dangerous,

    /// <summary>It has.</summary>
    Available,
}
