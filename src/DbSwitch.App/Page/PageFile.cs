namespace DbSwitch.App.Page;

/// <summary>One file of the page, as it is sent.</summary>
/// <param name="Tag">Its ETag: the same content has the same one.</param>
internal sealed record PageFile(string ContentType, string Tag, byte[] Content);
