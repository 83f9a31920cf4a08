using System.Security.Cryptography.X509Certificates;
using DbSwitch.App.Http.Answering;
using DbSwitch.App.Page;
using DbSwitch.Configuration;
using DbSwitch.Model;

namespace DbSwitch.App.Http.Authentication;

/// <summary>
/// Decides for every request who asks and what they may. On the Unix socket the file's rights have decided already: who may open it may do everything. Over TCP a token
/// or a client certificate says it; without one it is looking or nothing, as <c>listen.everybody</c> says.
/// </summary>
internal sealed class Access(ListenConfiguration listen, HostCheck hosts, KnownTokens? tokens)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (LocalUser.IsLocal(context))
        {
            context.Features.Set(new Caller(Role.Operator, LocalUser.NameOf(context)));
            await next(context);
            return;
        }

        if (hosts.Refusal(context.Request) is { } refusal)
        {
            await Problems.Forbidden(refusal).ExecuteAsync(context);
            return;
        }

        if (Who(context, out var caller) is { } unknown)
        {
            await UnauthorizedAsync(context, unknown);
            return;
        }

        context.Features.Set(caller);
        if (caller.Role < Wanted(context))
        {
            await DenyAsync(context, caller);
            return;
        }

        await next(context);
    }

    /// <summary>Looking is for viewers, all else for operators. A copy of the store is more than a look.</summary>
    private static Role Wanted(HttpContext context) =>
        context.Request.Path == "/healthz" || PageAnswers.IsFor(context.Request.Path) ? Role.Nobody
        : (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)) && !context.Request.Path.StartsWithSegments("/api/v1/backup") ? Role.Viewer
        : Role.Operator;

    /// <returns>Why it can't be told; null when it can. A wrong token is not the same as none.</returns>
    private string? Who(HttpContext context, out Caller caller)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        var certificate = context.Connection.ClientCertificate;
        caller = new Caller(listen.EverybodyMayLook ? Role.Viewer : Role.Nobody, "somebody over TCP");
        if (authorization.Length > 0)
        {
            if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || tokens?.Find(authorization[Scheme.Length..].Trim()) is not { } token)
            {
                return tokens is null ? "There are no tokens here: listen.tokens is not set. Leave the Authorization header out." :
                    tokens.Problem is { } problem ? $"No token is known: {problem}. Give the file to the manager's user; nothing has to be started again." :
                    "Unknown token: it was never given, or was revoked. \"dbswitch token list\" shows those that are known.";
            }

            caller = new Caller(token.Role, $"{token.Name} (token)");
        }
        else if (certificate is not null)
        {
            // The handshake has proven that our CA signed it.
            caller = new Caller(Role.Operator, $"{PlainText.Of(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false))} (certificate)");
        }

        return null;
    }

    private Task DenyAsync(HttpContext context, Caller caller)
    {
        const string Local = "Use the command line on this machine: it speaks over the manager's Unix socket.";
        var ways = string.Join(" or ", ((string?[])[tokens is null ? null : "a token (Authorization: Bearer …, see \"dbswitch token\")", listen.Tls?.ClientCa is null ? null : "a client certificate"]).OfType<string>());
        var may = Wanted(context) == Role.Viewer ? "Nothing is shown here without saying who asks" : "Over TCP one may look, not change";
        return caller.Role == Role.Viewer && caller.Name.EndsWith("(token)", StringComparison.Ordinal) ? Problems.Forbidden($"{caller.Name} is a viewer: it may look, not change. Changes need an operator's token. {Local}").ExecuteAsync(context)
            : ways.Length == 0 ? Problems.Forbidden($"{may}. {Local}").ExecuteAsync(context)
            : UnauthorizedAsync(context, $"{may}; for more give {ways}. {Local}");
    }

    private static Task UnauthorizedAsync(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"dbswitch\"";
        return Problems.Unauthorized(detail).ExecuteAsync(context);
    }
}
