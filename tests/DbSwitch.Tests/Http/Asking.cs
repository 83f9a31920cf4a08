using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DbSwitch.Tests.Http;

/// <summary>How a program asks, and what a problem must look like.</summary>
internal static class Asking
{
    public static HttpRequestMessage Post(string path, string body, string type = "application/json") =>
        new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, type) };

    public static HttpRequestMessage With(this HttpRequestMessage request, string header, string value)
    {
        request.Headers.TryAddWithoutValidation(header, value).ShouldBeTrue();
        return request;
    }

    public static HttpRequestMessage As(this HttpRequestMessage request, string token)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    /// <summary>The answer's JSON, when its status is this one.</summary>
    public static async Task<JsonElement> AskAsync(this HttpClient client, HttpRequestMessage request, HttpStatusCode status)
    {
        using (request)
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(status, text);
            return JsonDocument.Parse(text).RootElement;
        }
    }

    /// <summary>The same for what is no success: also that it has the form of one.</summary>
    public static async Task<JsonElement> RefusedAsync(this HttpClient client, HttpRequestMessage request, HttpStatusCode status, string type, string sentence)
    {
        using (request)
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(status, text);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            var problem = JsonDocument.Parse(text).RootElement;
            problem.GetProperty("type").GetString().ShouldBe("/problems/" + type);
            problem.GetProperty("status").GetInt32().ShouldBe((int)status);
            problem.GetProperty("detail").GetString()!.ShouldContain(sentence, Case.Sensitive);
            return problem;
        }
    }
}
