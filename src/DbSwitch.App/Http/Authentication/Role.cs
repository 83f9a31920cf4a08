namespace DbSwitch.App.Http.Authentication;

/// <summary>What somebody may.</summary>
internal enum Role
{
    /// <summary>Not even look.</summary>
    Nobody,

    /// <summary>Look, and change nothing.</summary>
    Viewer,

    /// <summary>Everything.</summary>
    Operator,
}
