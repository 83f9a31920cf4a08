using System.Reflection;

namespace DbSwitch.App.Http.OpenApi;

/// <summary>
/// <c>GET /openapi/v1.json</c>: the description of the API for programs, OpenAPI 3.1. It is a part of the executable and served as it is; a test makes it of the routes
/// and compares.
/// </summary>
internal static class ApiDescription
{
    public const string Path = "/openapi/v1.json";

    private static readonly Lazy<byte[]> Text = new(Read);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, () => Results.Bytes(Text.Value, "application/json; charset=utf-8")).ExcludeFromDescription();

    private static byte[] Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("openapi/v1.json")!;
        var text = new byte[stream.Length];
        stream.ReadExactly(text);
        return text;
    }
}
