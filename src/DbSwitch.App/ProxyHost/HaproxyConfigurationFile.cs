using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace DbSwitch.App.ProxyHost;

/// <summary>haproxy.cfg on disk: it is always one that HAProxy has accepted. The next one waits beside it until HAProxy has checked it.</summary>
internal sealed partial class HaproxyConfigurationFile(RunDirectory directory, HaproxyExecutable haproxy)
{
    /// <summary>The text of the plan, with the file of <c>extra:</c> as it is now.</summary>
    /// <exception cref="ProxyHostException">The file of <c>extra:</c> cannot be read.</exception>
    public string Render(ProxyHostPlan plan, ListeningSockets sockets)
    {
        string? extra = null;
        if (plan.Proxy.ExtraFile is { } file)
        {
            try
            {
                extra = File.ReadAllText(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ProxyHostException($"The file {file} (extra: of proxy {plan.Proxy.Name}) cannot be read: {e.Message}", e);
            }
        }

        return HaproxyConfigurationText.Render(plan, directory, sockets.DescriptorOf, extra);
    }

    /// <summary>The text that HAProxy was last started or reloaded with; null when there was none.</summary>
    public string? Current => File.Exists(directory.Configuration) ? File.ReadAllText(directory.Configuration) : null;

    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Lets HAProxy check the text, and only then puts it in the place of the old one.</summary>
    /// <exception cref="ProxyHostException">HAProxy refuses it; the old file is as it was.</exception>
    public async Task ReplaceAsync(string text, ProxyHostPlan plan, CancellationToken cancellationToken)
    {
        File.WriteAllText(directory.NextConfiguration, text);
        if (await haproxy.CheckAsync(directory.NextConfiguration, cancellationToken) is { } refusal)
        {
            throw new ProxyHostException(Explain(refusal, text, plan));
        }

        File.Move(directory.NextConfiguration, directory.Configuration, overwrite: true);
    }

    /// <summary>Undoes a replacement that HAProxy did not take after all.</summary>
    public void PutBack(string text)
    {
        File.WriteAllText(directory.NextConfiguration, text);
        File.Move(directory.NextConfiguration, directory.Configuration, overwrite: true);
    }

    private string Explain(string refusal, string text, ProxyHostPlan plan)
    {
        if (plan.Proxy.ExtraFile is not { } extra)
        {
            return $"HAProxy {haproxy.Version} refuses {directory.NextConfiguration}, which dbswitch wrote from the configuration of proxy {plan.Proxy.Name}:\n{refusal}\nRun \"{haproxy.Path} -vv\" to see what it was built with.";
        }

        // HAProxy counts lines of the whole file; whoever must correct extra: wants those of his own.
        var linesBefore = text[..text.IndexOf("\n# From here on, verbatim:", StringComparison.Ordinal)].Count(c => c == '\n') + 2;
        var theirs = Position().Replace(refusal, match =>
        {
            var line = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - linesBefore;
            return line > 0 ? string.Create(CultureInfo.InvariantCulture, $"[{extra}:{line}]") : match.Value;
        });
        return $"HAProxy {haproxy.Version} refuses the configuration of proxy {plan.Proxy.Name} with what {extra} (extra:) adds to it:\n{theirs}\nCorrect {extra}; the whole text is in {directory.NextConfiguration}.";
    }

    [GeneratedRegex(@"\[[^\]\n]*haproxy\.cfg\.next:(\d+)\]")]
    private static partial Regex Position();
}
