using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DbSwitch.App.Contracts;
using DbSwitch.Configuration;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace DbSwitch.App.Notifying;

/// <summary>
/// Tells others what happens, as the configuration in force says. Whoever tells it only leaves a note for each of them: nobody waits for a webhook or a hook, least of all a switchover.
/// What is not delivered when the manager ends is gone; history and log have it.
/// </summary>
internal sealed class Notifier(IOptions<JsonOptions> json, TimeProvider time, ILogger<Notifier> logger) : IAsyncDisposable
{
    private readonly Dictionary<string, SwitchView> _shown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _started = new(StringComparer.Ordinal);
    private readonly List<(object Configuration, IReadOnlyList<string> Events, Recipient Recipient)> _recipients = [];
    private DbSwitchConfiguration? _inForce;

    /// <summary>From now on those are told that this one names. One whose entry has not changed keeps what waits for it.</summary>
    public void Use(DbSwitchConfiguration configuration)
    {
        if (ReferenceEquals(configuration, _inForce))
        {
            return;
        }

        _inForce = configuration;
        IReadOnlyList<object> wanted = [.. configuration.Webhooks.Values, .. configuration.Hooks.Values.Where(h => h.Events.Any(e => e != NoticeEvents.BeforeSwitchover))];
        foreach (var gone in _recipients.Where(r => !wanted.Any(w => IsSame(w, r.Configuration))).ToList())
        {
            _recipients.Remove(gone);
            gone.Recipient.Finish();
        }

        foreach (var one in wanted.Where(w => !_recipients.Any(r => IsSame(w, r.Configuration))))
        {
            _recipients.Add(one is WebhookConfiguration webhook
                ? (one, webhook.Events, new WebhookRecipient(webhook, time, logger))
                : (one, ((HookConfiguration)one).Events, new HookRecipient((HookConfiguration)one, time, logger)));
        }
    }

    /// <summary>What a switch shows now.</summary>
    public void Take(SwitchView now)
    {
        var before = _shown.GetValueOrDefault(now.Name);
        _shown[now.Name] = now;
        foreach (var (kind, message) in NoticeRules.Between(before, now))
        {
            Tell(kind, message, now, null);
        }
    }

    /// <summary>A switchover came to a phase, or to its end.</summary>
    public void Take(SwitchoverView switchover, SwitchView now)
    {
        var isNew = _started.GetValueOrDefault(switchover.Switch) != switchover.Id;
        _started[switchover.Switch] = switchover.Id;
        if (NoticeRules.Of(switchover, isNew) is var (kind, message))
        {
            Tell(kind, message, now, switchover);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_recipients.Select(r => r.Recipient.DisposeAsync().AsTask()));

    private void Tell(string kind, string message, SwitchView now, SwitchoverView? switchover)
    {
        var told = _recipients.Where(r => r.Events.Contains(kind)).ToList();
        if (told.Count == 0)
        {
            return;
        }

        var view = new NoticeView(RandomNumberGenerator.GetHexString(16, lowercase: true), kind, time.GetUtcNow(), now.Name, message, now, switchover);
        var notice = new Notice(view, JsonSerializer.Serialize(view, (JsonTypeInfo<NoticeView>)json.Value.SerializerOptions.GetTypeInfo(typeof(NoticeView))));
        told.ForEach(r => r.Recipient.Tell(notice));
    }

    // Records compare lists by reference: an entry that a reload has read again is the same all the same.
    private static bool IsSame(object one, object other) => (one, other) switch
    {
        (WebhookConfiguration a, WebhookConfiguration b) => a with { Events = b.Events } == b && a.Events.SequenceEqual(b.Events),
        (HookConfiguration a, HookConfiguration b) => a with { Events = b.Events } == b && a.Events.SequenceEqual(b.Events),
        _ => false,
    };
}

/// <param name="Json">The same as it is sent.</param>
internal sealed record Notice(NoticeView View, string Json);
