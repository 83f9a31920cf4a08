using System.Text.Json;

namespace DbSwitch.Tests.Http;

/// <summary>The API's own description, as a judge over its answers: the statuses that it names, and the shape of each.</summary>
internal sealed class ApiSchema(JsonElement document)
{
    /// <summary>Every operation's id, with its method and path.</summary>
    public IReadOnlyDictionary<string, (HttpMethod Method, string Path)> Operations { get; } = document.GetProperty("paths").EnumerateObject()
        .SelectMany(p => p.Value.EnumerateObject().Select(o => (Id: o.Value.GetProperty("operationId").GetString()!, Method: HttpMethod.Parse(o.Name), Path: p.Name)))
        .ToDictionary(o => o.Id, o => (o.Method, o.Path));

    public IReadOnlyList<int> StatusesOf(string operation) => [.. Responses(operation).EnumerateObject().Select(r => int.Parse(r.Name, System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Fails when an answer of this status and type is not described, or is not as described.</summary>
    public void Check(string operation, int status, string mediaType, string body)
    {
        var content = Responses(operation).GetProperty(status.ToString(System.Globalization.CultureInfo.InvariantCulture)).GetProperty("content");
        content.TryGetProperty(mediaType, out var media).ShouldBeTrue($"{operation} {status} is described with {content}, and was {mediaType}");
        if (mediaType.EndsWith("json", StringComparison.Ordinal))
        {
            Problems(media.GetProperty("schema"), JsonDocument.Parse(body).RootElement, "$").ShouldBeEmpty($"{operation} {status}: {body}");
        }
    }

    /// <summary>The same for a value that is described by its name alone.</summary>
    public void Check(string schema, string body) =>
        Problems(document.GetProperty("components").GetProperty("schemas").GetProperty(schema), JsonDocument.Parse(body).RootElement, "$").ShouldBeEmpty($"{schema}: {body}");

    private JsonElement Responses(string operation)
    {
        var (method, path) = Operations[operation];
        return document.GetProperty("paths").GetProperty(path).GetProperty(method.Method.ToLowerInvariant()).GetProperty("responses");
    }

    private IEnumerable<string> Problems(JsonElement schema, JsonElement value, string where)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Problems(document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]), value, where);
        }

        if (schema.TryGetProperty("oneOf", out var choices) || schema.TryGetProperty("anyOf", out choices))
        {
            var each = choices.EnumerateArray().Select(c => Problems(c, value, where).ToList()).ToList();
            return each.Exists(e => e.Count == 0) ? [] : each.MaxBy(e => e.Count)!;
        }

        if (schema.TryGetProperty("type", out var type) && !TypesOf(type).Contains(KindOf(value)) && !(KindOf(value) == "integer" && TypesOf(type).Contains("number")))
        {
            return [$"{where} is {KindOf(value)}, not {type}"];
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object => ObjectProblems(schema, value, where),
            JsonValueKind.Array => value.EnumerateArray().SelectMany((item, i) => Problems(schema.GetProperty("items"), item, $"{where}[{i}]")),
            _ => [],
        };
    }

    private IEnumerable<string> ObjectProblems(JsonElement schema, JsonElement value, string where)
    {
        if (schema.TryGetProperty("additionalProperties", out var any) && !schema.TryGetProperty("properties", out _))
        {
            return value.EnumerateObject().SelectMany(p => Problems(any, p.Value, $"{where}.{p.Name}"));
        }

        var known = schema.GetProperty("properties");
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()!) : [];
        return
        [
            .. required.Where(n => !value.TryGetProperty(n, out _)).Select(n => $"{where}.{n} is missing"),
            .. value.EnumerateObject().SelectMany(p => known.TryGetProperty(p.Name, out var inner) ? Problems(inner, p.Value, $"{where}.{p.Name}") : [$"{where}.{p.Name} is not described"]),
        ];
    }

    private static string[] TypesOf(JsonElement type) => type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "array",
        _ => "object",
    };
}
