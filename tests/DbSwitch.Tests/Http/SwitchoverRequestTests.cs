using System.Net;

namespace DbSwitch.Tests.Http;

/// <summary>Asking for a switchover so that nothing is done twice, and nothing that was decided on an old view.</summary>
public sealed class SwitchoverRequestTests
{
    private const string Switchovers = "/api/v1/switches/orders/switchovers?wait=10s";
    private const string ToDb2 = """{ "target": "backend-db2" }""";
    private const string ToDb1 = """{ "target": "backend-db1" }""";

    [Fact]
    public async Task The_same_key_begins_nothing_twice_and_has_the_same_answer()
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => socket.AskAsync(Asking.Post(Switchovers, ToDb2).With("Idempotency-Key", "k1"), HttpStatusCode.OK)));
        answers.Select(a => a.GetProperty("outcome").GetString()).ShouldAllBe(o => o == "succeeded");
        await socket.AskAsync(Asking.Post(Switchovers, ToDb1).With("Idempotency-Key", "k2"), HttpStatusCode.OK);

        // Late, by whoever did not hear the answer: clients stay where they are.
        var late = await socket.AskAsync(Asking.Post(Switchovers, ToDb2).With("Idempotency-Key", "k1"), HttpStatusCode.OK);
        late.GetProperty("switchover").GetProperty("id").GetInt64().ShouldBe(1);
        (await scene.AnswersAsync()).ShouldBe("db1");
        (await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/switches/orders/history"), HttpStatusCode.OK)).GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_key_belongs_to_its_body_and_a_refusal_is_forgotten()
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();
        await socket.AskAsync(Asking.Post(Switchovers, ToDb2).With("Idempotency-Key", "k1"), HttpStatusCode.OK);

        await socket.RefusedAsync(Asking.Post(Switchovers, ToDb1).With("Idempotency-Key", "k1"), HttpStatusCode.UnprocessableEntity, "idempotency-key", "Idempotency-Key k1 was sent before with another body. A new request needs a new key.");
        await socket.RefusedAsync(Asking.Post(Switchovers, ToDb1).With("Idempotency-Key", "two words"), HttpStatusCode.BadRequest, "invalid", "Idempotency-Key is one word of at most 200 visible ASCII characters.");
        await socket.RefusedAsync(Asking.Post(Switchovers, ToDb1).With("Idempotency-Key", new string('k', 201)), HttpStatusCode.BadRequest, "invalid", "Idempotency-Key is one word");

        (await scene.Manager.RunAsync("pause")).ShouldBe(0);
        await socket.RefusedAsync(Asking.Post(Switchovers, ToDb1).With("Idempotency-Key", "k2"), HttpStatusCode.Conflict, "conflict", "orders is paused");
        (await scene.Manager.RunAsync("resume")).ShouldBe(0);
        await socket.AskAsync(Asking.Post(Switchovers, ToDb1).With("Idempotency-Key", "k2"), HttpStatusCode.OK);
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task A_conflict_says_what_is_in_force()
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();

        var conflict = await socket.RefusedAsync(Asking.Post(Switchovers, """{ "target": "backend-db2", "ifGeneration": 7 }"""), HttpStatusCode.Conflict, "conflict", "its generation is 1, not 7");

        conflict.GetProperty("current").GetProperty("selection").GetProperty("generation").GetInt64().ShouldBe(1);
        conflict.GetProperty("current").GetProperty("selection").GetProperty("target").GetString().ShouldBe("backend-db1");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Theory]
    [InlineData("""{ "target": "backend-db2", "target": "backend-db1" }""")]
    [InlineData("""{ "Target": "backend-db2" }""")]
    [InlineData("""{ "target": "backend-db2", "reason": "fine\n2026-11-22 info orders: backend-db9 is selected" }""")]
    [InlineData("""{ "target": "backend-db2", "reason": "fine\u2028orders: backend-db9 is selected" }""")]
    [InlineData("""{ "target": "backend-db2", "reason": "for \u202Enna\u202C" }""")]
    [InlineData("""{ "target": "backend-db2", "reason": "for \u2066ann\u2069" }""")]
    [InlineData("""{ "target": "backend-db2", "reason": "for ann\u200F" }""")]
    [InlineData("""{ "target": "backend-db2", "drain": 1e400 }""")]
    [InlineData("""{ "target": "backend-db2" } { "target": "backend-db1" }""")]
    [InlineData("""{ "target": "backend-db2", /* why */ "none": false }""")]
    [InlineData("""{ "target": "backend-db2", }""")]
    public async Task A_body_is_taken_literally_or_not_at_all(string body)
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();

        await socket.RefusedAsync(Asking.Post(Switchovers, body), HttpStatusCode.BadRequest, "invalid", "");

        (await scene.AnswersAsync()).ShouldBe("db1");
    }
}
