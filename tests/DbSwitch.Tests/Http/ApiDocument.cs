using DbSwitch.App.Contracts;
using DbSwitch.App.Http.Events;
using DbSwitch.App.Http.Switchovers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DbSwitch.Tests.Http;

/// <summary>The description of the API for programs, OpenAPI 3.1, made of the routes themselves; here is what they can't say.</summary>
internal static class ApiDocument
{
    private const string Bearer = "bearer";

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer(async (document, context, cancel) =>
        {
            document.Info = new OpenApiInfo { Title = "dbswitch", Version = "v1", Description = "Which one database HAProxy's clients reach, and the way to another." };

            // Wherever it was asked for: a document that names a host is wrong on the next one.
            document.Servers = [new OpenApiServer { Url = "/", Description = "This manager, over its Unix socket or listen.http" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "Over TCP: dbswitch token add NAME --role viewer|operator" };

            // What no route answers with as a whole, and the events and notices carry.
            document.AddComponent(nameof(LogView), await context.GetOrCreateSchemaAsync(typeof(LogView), null, cancel));
            document.AddComponent(nameof(LoadView), await context.GetOrCreateSchemaAsync(typeof(LoadView), null, cancel));
            document.AddComponent(nameof(NoticeView), NoticeOf(await context.GetOrCreateSchemaAsync(typeof(NoticeView), null, cancel), document));
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }, []];
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            switch (operation.OperationId)
            {
                case "listenToEvents":
                    DescribeEvents(operation);
                    break;
                case "startSwitchover":
                    AddHeader(operation, "Idempotency-Key", $"A word of the client's own, up to {IdempotencyKeys.LongestKey} visible characters: asked again with the same key and body, nothing is begun twice.");
                    break;
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>What it has in it is described once, by the routes: a description of its own would not know what may be null.</summary>
    private static OpenApiSchema NoticeOf(OpenApiSchema notice, OpenApiDocument document)
    {
        notice.Properties!["state"] = new OpenApiSchemaReference(nameof(SwitchView), document);
        notice.Properties["switchover"] = new OpenApiSchema { OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, new OpenApiSchemaReference(nameof(SwitchoverView), document)] };
        return notice;
    }

    private static void DescribeEvents(OpenApiOperation operation)
    {
        AddHeader(operation, "Last-Event-ID", "The id of the last event seen: what came after it is sent again.");
        operation.Responses!["200"].Content![EventEndpoint.ContentType] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = $"Server-sent events: {EventKind.Switch} (SwitchView), {EventKind.Switchover} (SwitchoverView), {EventKind.Log} (LogView), {EventKind.Load} (LoadView), {EventKind.Reset} (MessageView).",
            },
        };
    }

    private static void AddHeader(OpenApiOperation operation, string name, string description) => (operation.Parameters ??= []).Add(new OpenApiParameter
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    });
}
