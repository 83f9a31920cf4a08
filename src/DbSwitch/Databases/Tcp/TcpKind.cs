using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;

namespace DbSwitch.Databases.Tcp;

/// <summary>A database of which nothing is known but its address: what can be asked is whether it accepts connections.</summary>
internal sealed class TcpKind : IDatabaseKind
{
    public static TcpKind Instance { get; } = new();

    public IDatabaseBinder Binder { get; } = new TcpBinder();

    public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => new TcpProbe(time);

    public IEnumerable<Guard> Guards(GuardQuestion question) => [];

    public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) => null;
}
