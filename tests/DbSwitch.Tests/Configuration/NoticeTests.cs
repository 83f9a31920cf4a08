using DbSwitch.Configuration;

namespace DbSwitch.Tests.Configuration;

/// <summary>The sections <c>webhooks</c> and <c>hooks</c>.</summary>
public sealed class NoticeTests
{
    [Fact]
    public void Who_is_told_and_who_is_asked_is_read_with_its_defaults()
    {
        var read = Sample.Load(Sample.Valid + """

            webhooks:
              chat: { url: "https://chat.example/x", events: [trouble] }
            hooks:
              freeze: { run: freeze, events: [before-switchover, switchover-ended], timeout: 2s }
            """);

        var webhook = read.Webhooks["chat"];
        (webhook.Url.Value, webhook.Secret, webhook.Timeout).ShouldBe(("https://chat.example/x", null, TimeSpan.FromSeconds(5)));
        webhook.Events.ShouldBe([NoticeEvents.Trouble]);
        webhook.ToString().ShouldNotContain("chat.example");
        var hook = read.Hooks["freeze"];
        hook.Program.ShouldEndWith("/freeze");
        hook.Timeout.ShouldBe(TimeSpan.FromSeconds(2));
        Sample.Load(Sample.Valid).Hooks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("webhooks: { c: { url: 'https://x.example/token', events: [truble] } }", "webhooks.c.events[0]: \"truble\" is no event; did you mean \"trouble\"?")]
    [InlineData("webhooks: { c: { url: 'https://x.example/token', events: [before-switchover] } }", "webhooks.c.events[0]: \"before-switchover\" is a question, which only hooks can answer")]
    [InlineData("webhooks: { c: { url: 'x.example/token', events: [trouble] } }", "webhooks.c.url: the value is neither http://… nor https://…")]
    [InlineData("webhooks: { c: { events: [trouble] } }", "webhooks.c: \"url\" is missing")]
    [InlineData("hooks: { h: { run: x } }", "hooks.h: \"events\" is missing")]
    [InlineData("hooks: { h: { run: x, events: [trouble], timeout: 1h } }", "hooks.h.timeout: \"1h\" is out of range; 100ms to 5m is allowed")]
    [InlineData("hooks: { h: { run: x, events: [] } }", "hooks.h.events: needs at least one name in it")]
    [InlineData("hooks: { h: { runs: x, events: [trouble] } }", "hooks.h.runs: unknown key; did you mean \"run\"?")]
    public void What_is_wrong_is_said_without_what_may_be_a_secret(string yaml, string problem)
    {
        var problems = Sample.Problems(Sample.Valid + "\n" + yaml);

        problems.ShouldContain(p => p.EndsWith(problem, StringComparison.Ordinal), string.Join('\n', problems));
        problems.ShouldAllBe(p => !p.Contains("token"));
    }
}
