namespace DbSwitch.App.Page;

/// <summary>
/// <c>GET /</c> and the files that it names. There is nothing secret in them, so whoever may reach the port may have them; what they show comes from the API, which asks
/// who it is.
/// </summary>
internal static class PageAnswers
{
    // Nothing but this server's own files, nothing inline, nothing sent elsewhere, no frame around it, and text that came from outside can't become HTML by mistake.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private const string Folder = "/page";
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", Methods, (HttpContext context) => SendAsync(context, PageFiles.All.Index, "no-cache")).ExcludeFromDescription();
        routes.MapMethods(Folder + "/{version}/{name}", Methods, (string version, string name, HttpContext context) =>
        {
            if (PageFiles.All.Find(version, name) is { } file)
            {
                return SendAsync(context, file, "public, max-age=31536000, immutable");
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }).ExcludeFromDescription();
    }

    public static bool IsFor(PathString path) => path == "/" || path.StartsWithSegments(Folder);

    private static async Task SendAsync(HttpContext context, PageFile file, string caching)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = caching;
        response.Headers.ETag = file.Tag;
        response.Headers.ContentSecurityPolicy = ContentPolicy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (request.Headers.IfNoneMatch.Contains(file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.ContentType;
        response.ContentLength = file.Content.Length;
        if (HttpMethods.IsGet(request.Method))
        {
            await response.Body.WriteAsync(file.Content, context.RequestAborted);
        }
    }
}
