using DbSwitch.App.Contracts;

namespace DbSwitch.App.Client;

/// <param name="Kind">One of <see cref="Http.Events.EventKind"/>.</param>
/// <param name="Id">What to come back with; null where it is not the place to go on from.</param>
/// <param name="Json">What it tells. The manager writes it in one line.</param>
internal sealed record ManagerEvent(string Kind, string? Id, string Json)
{
    /// <summary>What it tells, when it is of this kind.</summary>
    public T? As<T>(string kind, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class => Kind == kind ? System.Text.Json.JsonSerializer.Deserialize(Json, type) : null;

    public SwitchView? Switch => As(Http.Events.EventKind.Switch, ContractsJson.Default.SwitchView);

    public SwitchoverView? Switchover => As(Http.Events.EventKind.Switchover, ContractsJson.Default.SwitchoverView);

    public LogView? Log => As(Http.Events.EventKind.Log, ContractsJson.Default.LogView);

    public LoadView? Load => As(Http.Events.EventKind.Load, ContractsJson.Default.LoadView);

    public MessageView? Reset => As(Http.Events.EventKind.Reset, ContractsJson.Default.MessageView);
}
