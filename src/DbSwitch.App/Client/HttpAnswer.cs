using System.Text;

namespace DbSwitch.App.Client;

/// <summary>An answer of the manager's API, whole.</summary>
/// <param name="MediaType">Of its body, without parameters; null where it does not say.</param>
internal sealed record HttpAnswer(int Status, string? MediaType, byte[] Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public string Text => Encoding.UTF8.GetString(Body);

    public static async Task<HttpAnswer> OfAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        using (response)
        {
            return new HttpAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(cancel));
        }
    }
}
