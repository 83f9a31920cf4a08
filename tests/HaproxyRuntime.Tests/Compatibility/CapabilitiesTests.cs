namespace HaproxyRuntime.Tests.Compatibility;

/// <summary>The compatibility table, asked about the versions at the edges of its ranges.</summary>
public sealed class CapabilitiesTests
{
    [Theory]
    [InlineData(HaproxyFeature.AddServer, "2.3.21", FeatureState.Missing, "2.6.0")]
    [InlineData(HaproxyFeature.AddServer, "2.4.9", FeatureState.Experimental, "2.6.0")]
    [InlineData(HaproxyFeature.AddServer, "2.6.0", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.DeleteServer, "2.3.21", FeatureState.Missing, "2.6.20")]
    [InlineData(HaproxyFeature.DeleteServer, "2.4.30", FeatureState.Dangerous, "2.6.20")]
    [InlineData(HaproxyFeature.DeleteServer, "2.6.12", FeatureState.Dangerous, "2.6.20")]
    [InlineData(HaproxyFeature.DeleteServer, "2.6.20", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.DeleteServer, "2.7.12", FeatureState.Dangerous, "2.8.12")]
    [InlineData(HaproxyFeature.DeleteServer, "2.8.11", FeatureState.Dangerous, "2.8.12")]
    [InlineData(HaproxyFeature.DeleteServer, "2.8.12", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.DeleteServer, "2.9.12", FeatureState.Dangerous, "2.9.13")]
    [InlineData(HaproxyFeature.DeleteServer, "3.0.5", FeatureState.Dangerous, "3.0.6")]
    [InlineData(HaproxyFeature.DeleteServer, "3.0.11", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.DeleteServer, "4.1.0", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.SetFrontendMaxconn, "2.6.5", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.SetFrontendMaxconn, "2.6.12", FeatureState.Dangerous, "2.6.20")]
    [InlineData(HaproxyFeature.SetFrontendMaxconn, "3.0.5", FeatureState.Dangerous, "3.0.6")]
    [InlineData(HaproxyFeature.SetFrontendMaxconn, "3.1.0", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.ShutdownWhileConnecting, "2.6.12", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.ShutdownWhileConnecting, "3.0.11", FeatureState.Dangerous, "3.2.0")]
    [InlineData(HaproxyFeature.LeastconnStateChanges, "3.2.5", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.LeastconnStateChanges, "3.2.6", FeatureState.Dangerous, "3.2.26")]
    [InlineData(HaproxyFeature.RoundrobinStateChanges, "2.6.12", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.RoundrobinStateChanges, "3.0.11", FeatureState.Dangerous, null)]
    [InlineData(HaproxyFeature.RoundrobinStateChanges, "3.2.26", FeatureState.Dangerous, null)]
    [InlineData(HaproxyFeature.Wait, "2.9.15", FeatureState.Missing, "3.0.0")]
    [InlineData(HaproxyFeature.Wait, "3.0.0", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.DynamicBackends, "3.3.9", FeatureState.Missing, null)]
    [InlineData(HaproxyFeature.DynamicBackends, "3.4.0", FeatureState.Experimental, null)]
    [InlineData(HaproxyFeature.DeleteServerClosesIdle, "3.2.0", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.DeleteServerClosesIdle, "3.3.0", FeatureState.Missing, null)]
    [InlineData(HaproxyFeature.ImmediateAddressChange, "2.8.14", FeatureState.Available, null)]
    [InlineData(HaproxyFeature.ImmediateAddressChange, "2.9.0", FeatureState.Missing, null)]
    [InlineData(HaproxyFeature.AddServerEnabled, "2.6.12", FeatureState.Dangerous, null)]
    [InlineData(HaproxyFeature.EmptyLineEndsAnswer, "2.6.12", FeatureState.Missing, "2.6.18")]
    [InlineData(HaproxyFeature.EmptyLineEndsAnswer, "2.8.5", FeatureState.Missing, "2.8.6")]
    [InlineData(HaproxyFeature.MasterReloadResult, "2.6.12", FeatureState.Missing, "2.7.0")]
    public void A_version_has_it_so(HaproxyFeature feature, string version, FeatureState state, string? since)
    {
        var support = new HaproxyCapabilities(HaproxyVersion.Parse(version))[feature];
        (support.Feature, support.State, support.AvailableSince?.ToString()).ShouldBe((feature, state, since));
        (support.Reason.Length > 0).ShouldBe(state != FeatureState.Available);
    }

    [Fact]
    public void Every_feature_is_in_the_table_once_and_every_reason_is_one_sentence()
    {
        foreach (var version in (string[])["1.3", "2.4.0", "2.5.1", "2.6.12", "2.7.0", "2.8.5", "2.9.1", "3.0.5", "3.1.0", "3.2.7", "3.3.1", "3.4.0", "9.9"])
        {
            var all = new HaproxyCapabilities(HaproxyVersion.Parse(version)).All;
            all.Select(support => support.Feature).ShouldBe(Enum.GetValues<HaproxyFeature>());
            all.ShouldAllBe(support => support.Reason == "" || support.Reason.EndsWith('.'));
        }
    }

    [Fact]
    public void A_missing_feature_is_said_with_the_version_that_has_it() =>
        new HaproxyCapabilities(HaproxyVersion.Parse("2.6.12-1+deb12u4"))[HaproxyFeature.Wait].Reason.ShouldBe("HAProxy 2.6.12 does not have \"wait\"; HAProxy 3.0.0 has it.");

    [Fact]
    public void A_feature_that_no_later_version_has_is_said_so() =>
        new HaproxyCapabilities(HaproxyVersion.Parse("3.3.0"))[HaproxyFeature.DeleteServerClosesIdle].Reason.ShouldEndWith("no later version has it.");

    [Fact]
    public void There_is_no_feature_beyond_the_last() => Should.Throw<ArgumentOutOfRangeException>(() => new HaproxyCapabilities(default)[(HaproxyFeature)999]);

    [Fact]
    public void Two_of_the_same_version_are_equal() => new HaproxyCapabilities(HaproxyVersion.Parse("3.0.11")).ShouldBe(new HaproxyCapabilities(new HaproxyVersion(3, 0, 11)));

    [Fact]
    public void A_version_is_compared_number_by_number()
    {
        var (old, next) = (HaproxyVersion.Parse("2.6.9"), HaproxyVersion.Parse("2.6.12"));
        (old < next, old <= next, old > next, old >= next, next.CompareTo(next)).ShouldBe((true, true, false, false, 0));
        Should.Throw<FormatException>(() => HaproxyVersion.Parse("HAProxy"));
    }
}
