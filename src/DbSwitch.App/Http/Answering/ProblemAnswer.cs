using System.Text.Json.Serialization.Metadata;
using DbSwitch.App.Contracts;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace DbSwitch.App.Http.Answering;

/// <summary>A problem, written as all other JSON of the API is.</summary>
internal sealed class ProblemAnswer(ProblemView problem) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        httpContext.Response.StatusCode = problem.Status;
        return httpContext.Response.WriteAsJsonAsync(problem, (JsonTypeInfo<ProblemView>)json.GetTypeInfo(typeof(ProblemView)), "application/problem+json", httpContext.RequestAborted);
    }
}
