namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>Every change and every refusal that was recorded of the six versions, as the library understands it. All sentences, for all commands.</summary>
public sealed class ChangingTranscriptTests
{
    private static readonly Dictionary<string, CommandOutcome> s_outcomes = new()
    {
        ["add-server-settings"] = CommandOutcome.Registered,
        ["add-server-bare"] = CommandOutcome.Registered,
        ["add-server-init-state"] = CommandOutcome.Registered,
        ["add-server-resolvers"] = CommandOutcome.Refused,
        ["add-server-bogus"] = CommandOutcome.Refused,
        ["add-server-unknown-protocol"] = CommandOutcome.InvalidValue,
        ["add-server-bad-weight"] = CommandOutcome.InvalidValue,
        ["add-server-bad-interval"] = CommandOutcome.InvalidValue,
        ["add-server-bad-address"] = CommandOutcome.InvalidValue,
        ["add-server-bad-source"] = CommandOutcome.InvalidValue,
        ["add-server-id-taken"] = CommandOutcome.IdIsTaken,
        ["add-server-no-address"] = CommandOutcome.Refused,
        ["add-server-no-slash"] = CommandOutcome.Refused,
        ["enable-health-no-check"] = CommandOutcome.NoCheck,
        ["enable-agent-no-agent"] = CommandOutcome.NoCheck,
        ["disable-server-no-such-server"] = CommandOutcome.NoSuchServer,
        ["set-server-health-tracking"] = CommandOutcome.Refused,
        ["set-server-agent-no-agent"] = CommandOutcome.NoCheck,
        ["set-server-check-port-no-check"] = CommandOutcome.NoCheck,
        ["set-server-check-port-bad"] = CommandOutcome.InvalidValue,
        ["set-server-fqdn-no-resolution"] = CommandOutcome.NoResolution,
        ["set-server-weight-out-of-range"] = CommandOutcome.InvalidValue,
        ["set-server-weight-static"] = CommandOutcome.StaticBalancing,
        ["set-maxconn-server-no-such-server"] = CommandOutcome.NoSuchServer,
        ["set-maxconn-global-out-of-range"] = CommandOutcome.InvalidValue,
        ["set-maxconn-frontend-no-such-frontend"] = CommandOutcome.NoSuchFrontend,
        ["set-maxconn-frontend-out-of-range"] = CommandOutcome.InvalidValue,
        ["enable-frontend-already"] = CommandOutcome.NothingChanged,
        ["disable-frontend-already"] = CommandOutcome.NothingChanged,
        ["shutdown-frontend-already"] = CommandOutcome.NothingChanged,
        ["disable-frontend-shut-down"] = CommandOutcome.FrontendIsShutDown,
        ["disable-frontend-no-such-frontend"] = CommandOutcome.NoSuchFrontend,
        ["set-timeout-cli-bad"] = CommandOutcome.InvalidValue,
        ["add-map-no-such-map"] = CommandOutcome.NoSuchMap,
        ["add-map-bad-value"] = CommandOutcome.InvalidValue,
        ["set-map-no-such-key"] = CommandOutcome.NoSuchKey,
        ["del-map-no-such-key"] = CommandOutcome.NoSuchKey,
        ["clear-map-no-such-map"] = CommandOutcome.NoSuchMap,
        ["add-acl-no-such-acl"] = CommandOutcome.NoSuchMap,
        ["del-acl-no-such-key"] = CommandOutcome.NoSuchKey,
        ["clear-acl-no-such-acl"] = CommandOutcome.NoSuchMap,
        ["clear-table-no-such-table"] = CommandOutcome.NoSuchTable,
        ["wait-bad"] = CommandOutcome.InvalidValue,
        ["del-server-no-slash"] = CommandOutcome.Refused,
        ["add-backend"] = CommandOutcome.BackendRegistered,
        ["add-backend-exists"] = CommandOutcome.AlreadyExists,
        ["add-backend-no-such-defaults"] = CommandOutcome.NoSuchDefaults,
        ["publish-backend"] = CommandOutcome.Published,
        ["publish-backend-no-such-backend"] = CommandOutcome.NoSuchBackend,
        ["unpublish-backend"] = CommandOutcome.Unpublished,
        ["del-backend"] = CommandOutcome.BackendDeleted,
        ["del-backend-published"] = CommandOutcome.NotUnpublished,
        ["del-backend-with-servers"] = CommandOutcome.StillHasServers,
        ["del-backend-with-table"] = CommandOutcome.PinnedByConfiguration,
        ["del-backend-listen"] = CommandOutcome.PinnedByConfiguration,
        ["del-backend-pinned"] = CommandOutcome.PinnedByConfiguration,
        ["del-backend-no-such-backend"] = CommandOutcome.NoSuchBackend,
        ["experimental-only"] = CommandOutcome.ExperimentalOnly,
        ["expert-only"] = CommandOutcome.ExpertOnly,
    };

    // Where a version has no such keyword or check, it says so.
    private static readonly Dictionary<(string Version, string Name), CommandOutcome> s_otherwise = new()
    {
        [("2.4", "add-server-settings")] = CommandOutcome.Refused,
        [("2.4", "add-server-bad-interval")] = CommandOutcome.Refused,
        [("2.4", "add-server-init-state")] = CommandOutcome.Refused,
        [("2.4", "enable-health")] = CommandOutcome.NoSuchServer,
        [("2.4", "disable-health")] = CommandOutcome.NoSuchServer,
        [("2.4", "enable-health-no-check")] = CommandOutcome.Done,
        [("2.4", "set-server-check-port-no-check")] = CommandOutcome.Done,
        [("2.4", "set-server-fqdn-no-resolution")] = CommandOutcome.Refused,
        [("2.6", "add-server-init-state")] = CommandOutcome.Refused,
        [("2.8", "add-server-init-state")] = CommandOutcome.Refused,
        [("3.0", "add-server-init-state")] = CommandOutcome.Refused,
    };

    public static TheoryData<string> Versions => [.. HaproxyVersions.Names, .. Transcript.BuiltVersions];

    [Theory, MemberData(nameof(Versions))]
    public void Every_change_and_every_refusal_is_understood(string version)
    {
        var names = Transcript.Names(version, "changing").Where(name => !name.StartsWith("wait", StringComparison.Ordinal) || name == "wait-bad").ToList();
        names.Count.ShouldBeGreaterThan(55);
        foreach (var name in names)
        {
            var expected = s_otherwise.TryGetValue((version, name), out var otherwise) ? otherwise : s_outcomes.GetValueOrDefault(name, CommandOutcome.Done);
            CommandResult.Parse(Transcript.Answer(version, "changing/" + name)).Outcome.ShouldBe(expected, name);
        }
    }

    [Theory]
    [InlineData("3.0", "wait", WaitOutcome.Done, "", null)]
    [InlineData("3.0", "wait-done", WaitOutcome.Done, "", null)]
    [InlineData("3.0", "wait-failed", WaitOutcome.Failed, "", null)]
    [InlineData("3.2", "wait-no-such-server", WaitOutcome.Failed, "", null)]
    [InlineData("3.4", "wait-done", WaitOutcome.Done, "", null)]
    [InlineData("3.4", "wait-failed", WaitOutcome.Failed, "This server cannot be removed at runtime due to other configuration elements pointing to it.", CommandOutcome.PinnedByConfiguration)]
    [InlineData("3.4", "wait-no-such-server", WaitOutcome.Failed, "No such server.", CommandOutcome.NoSuchServer)]
    public void The_end_of_a_wait_is_understood(string version, string name, WaitOutcome outcome, string reason, CommandOutcome? why)
    {
        var result = WaitResult.Parse(Transcript.Answer(version, "changing/" + name));
        (result.Outcome, result.Reason, result.Why).ShouldBe((outcome, reason, why));
    }

    [Theory]
    [InlineData("Wait delay expired.\n", WaitOutcome.Expired, "")]
    [InlineData("Wait delay expired. Server still has connections attached to it, cannot remove it.\n", WaitOutcome.Expired, "Server still has connections attached to it, cannot remove it.")]
    [InlineData("Interrupted.\n", WaitOutcome.Interrupted, "")]
    public void A_wait_that_was_in_vain_is_understood(string answer, WaitOutcome outcome, string reason) =>
        WaitResult.Parse(answer).ShouldBe(new WaitResult(outcome, reason));

    [Theory]
    [InlineData("")]
    [InlineData("Done")]
    [InlineData("No such server.\n")]
    public void What_is_no_answer_to_a_wait_is_none(string answer) => Should.Throw<FormatException>(() => WaitResult.Parse(answer));
}
