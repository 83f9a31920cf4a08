using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Binding;

/// <summary>The sections <c>webhooks</c> and <c>hooks</c>: who is told, and who is asked.</summary>
internal static class NoticeBinder
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    private static readonly Func<string, Converted<TimeSpan>> WebhookTimeout = Durations.Between(Least, TimeSpan.FromMinutes(1));
    private static readonly Func<string, Converted<TimeSpan>> HookTimeout = Durations.Between(Least, TimeSpan.FromMinutes(5));

    public static WebhookConfiguration BindWebhook(string name, Node node, Reading reading)
    {
        var nothing = new WebhookConfiguration(name, new Secret(""), null, [], TimeSpan.FromSeconds(5));
        return Section.Open(node, Keys.Webhook, reading) is not { } section ? nothing : nothing with
        {
            Url = section.Required("url", Url, nothing.Url),
            Secret = section.OptionalOrNull<Secret>("secret", text => new Secret(text)),
            Events = Events(section, node, NoticeEvents.Told, reading),
            Timeout = section.Optional("timeout", WebhookTimeout, nothing.Timeout),
        };
    }

    public static HookConfiguration BindHook(string name, Node node, Reading reading)
    {
        var nothing = new HookConfiguration(name, "", [], TimeSpan.FromSeconds(10));
        return Section.Open(node, Keys.Hook, reading) is not { } section ? nothing : nothing with
        {
            Program = section.Required("run", Paths.FileIn(reading.Folder), ""),
            Events = Events(section, node, NoticeEvents.All, reading),
            Timeout = section.Optional("timeout", HookTimeout, nothing.Timeout),
        };
    }

    private static IReadOnlyList<string> Events(Section section, Node node, string[] known, Reading reading)
    {
        var events = section.RequiredList("events");
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Length > 0 && !known.Contains(events[i]))
            {
                reading.Problems.Add(node.Path["events"][i], events[i] == NoticeEvents.BeforeSwitchover
                    ? $"{Shown.Quote(events[i])} is a question, which only hooks can answer"
                    : $"{Shown.Quote(events[i])} is no event{(Suggestion.For(events[i], known) is { Length: > 0 } meant ? meant : $"; there are {string.Join(", ", known)}")}");
            }
        }

        return events;
    }

    // The value is not repeated in what is wrong with it: it may have a token in it.
    private static Converted<Secret> Url(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        ? new Secret(text)
        : new Wrong("is neither http://… nor https://…");
}
