using System.Globalization;
using System.Net;
using System.Text;

namespace DbSwitch.Tests.Http;

/// <summary>Requests that nobody sends by mistake, and some that almost anybody might: all of it by chance, from one seed.</summary>
internal sealed class RequestMaker(Random random, IReadOnlyList<string> tokens)
{
    private static readonly string[] Methods = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECTED", "get"];
    private static readonly string[] Names = ["orders", "db-proxy", "billing", "", ".", "..", "%2e%2e", "orders%00", "orders%2Fhistory", "ORDERS", "ордера", "a b", "'; drop table", "{name}", "%ff%fe"];
    private static readonly string[] Ids = ["1", "2", "99", "0", "-1", "9223372036854775807", "9223372036854775808", "abc", "1.5", "0x1", ""];
    private static readonly string[] Tails = ["/switches", "/switches/N", "/switches/N/history", "/switches/N/switchovers", "/switches/N/switchovers/I", "/switches/N/pause", "/switches/N/resume", "/switches/N/hold", "/switches/N/release", "/targets", "/proxies", "/proxies/N/command", "/backup", "/nothing", "/events", "/switches/N/switchovers/I/more", "//switches", ""];
    private static readonly string[] Queries = ["", "", "", "?limit=2", "?limit=-1", "?limit=99999999999", "?limit=many", "?wait=0s", "?wait=0.001s", "?wait=soon", "?wait=-1s", "?wait=1e9", "?wait=NaN", "?limit=1&limit=2", "?%00=%00", "?wait=%ff"];
    private static readonly string[] Hosts = ["localhost", "127.0.0.1", "[::1]", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "LOCALHOST", "localhost:99999", "127.1", "0x7f000001", "a@localhost"];
    private static readonly string[] Types = ["application/json", "application/json; charset=utf-8", "application/json; charset=utf-7", "application/problem+json", "text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"];
    private static readonly string[] Values = ["\"backend-db1\"", "\"backend-db2\"", "\"backend-db3\"", "null", "true", "false", "0", "1", "-1", "1e400", "3600.1", "0.5", "9223372036854775808", "[]", "{}", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"x\\ny\"", "\"show info\"", "\"show info;disable server db_servers/x\"", "NaN", "1e999999999", "\"" + new string('x', 600) + "\""];
    private static readonly string[] Keys = ["target", "none", "drain", "reason", "ifGeneration", "dryRun", "for", "command", "Target", "force", "without", "__proto__", "$type", ""];
    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Origin", ["http://localhost", "http://evil.example", "null", "https://127.0.0.1", "nonsense"]),
        ("Idempotency-Key", ["k", "k2", "two words", "", new string('k', 300), "ключ"]),
        ("Accept", ["text/plain", "application/json", "*/*", "nonsense"]),
        ("Last-Event-ID", ["0", "-1", "nonsense", "00000000-1"]),
        ("Dbswitch-Sudo-User", ["ann", "ann) or (bob", new string('a', 100), "%s%n"]),
        ("Sec-Fetch-Site", ["cross-site", "same-origin", "none"]),
        ("X-Forwarded-For", ["127.0.0.1", "::1"]),
        ("X-Forwarded-Host", ["localhost"]),
        ("X-HTTP-Method-Override", ["DELETE", "POST"]),
        ("Content-Encoding", ["gzip", "br"]),
        ("Expect", ["100-continue"]),
        ("Range", ["bytes=0-1", "bytes=-1"]),
    ];

    /// <param name="local">Over the Unix socket any Host is as good as another, and a wrong one is not sent.</param>
    /// <param name="isAllowedToChange">Whether it comes with the right to change something.</param>
    public HttpRequestMessage Next(bool local, out bool isAllowedToChange)
    {
        var path = (Chance(0.95) ? "/api/v1" : One(["/api/v2", "/x", "/openapi/v1.json", "/healthz", "/API/V1"])) + One(Tails).Replace("N", Chance(0.7) ? One(["orders", "db-proxy"]) : One(Names), StringComparison.Ordinal).Replace("I", One(Ids), StringComparison.Ordinal) + One(Queries);
        var method = Chance(0.7) ? One(["GET", "POST", "DELETE"]) : One(Methods);
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path.Length == 0 ? "/" : path, UriKind.Relative)) { Version = HttpVersion.Version11 };
        var host = local || Chance(0.8) ? null : One(Hosts);
        if (host is not null)
        {
            request.Headers.TryAddWithoutValidation("Host", host);
        }

        var operatorToken = false;
        if (Chance(local ? 0.1 : 0.5))
        {
            var i = random.Next(tokens.Count + 4);
            operatorToken = i == 0;
            request.Headers.TryAddWithoutValidation("Authorization", i < tokens.Count ? "Bearer " + tokens[i] : One(["Bearer ", "Bearer dbsw_" + new string('A', 43), "Basic YTpi", "Bearer " + tokens[0][..^1], "Bearer " + tokens[0] + "x", "bearer\t" + tokens[^1]]));
        }

        foreach (var (name, values) in Headers.Where(_ => Chance(0.08)))
        {
            request.Headers.TryAddWithoutValidation(name, One(values));
        }

        if (method is not ("GET" or "HEAD" or "TRACE" or "CONNECTED" or "get") && Chance(0.9))
        {
            request.Content = new ByteArrayContent(Body());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", Chance(0.8) ? Types[0] : One(Types));
        }

        isAllowedToChange = local || operatorToken;
        return request;
    }

    private byte[] Body() => random.Next(10) switch
    {
        0 => [],
        1 => RandomBytes(random.Next(200)),
        2 => RandomBytes(random.Next(80_000)),
        3 => Encoding.UTF8.GetBytes(new string('[', random.Next(5000))),
        4 => Encoding.UTF8.GetBytes(One(Values)),
        5 => Encoding.UTF8.GetBytes(Object()[..^1]),
        6 => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Object())],
        _ => Encoding.UTF8.GetBytes(Object()),
    };

    private string Object() => string.Create(CultureInfo.InvariantCulture, $"{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => $"\"{One(Keys)}\":{One(Values)}"))}}}");

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private bool Chance(double share) => random.NextDouble() < share;

    private string One(string[] all) => all[random.Next(all.Length)];
}
