using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;
using DbSwitch.App.ProxyHost.Sockets;

namespace DbSwitch.App.ProxyHost.ConfigurationText;

/// <summary>haproxy.cfg on disk: it is always one that HAProxy has accepted. The next one waits beside it until HAProxy has checked it.</summary>
internal sealed partial class HaproxyConfigurationFile(RunDirectory directory, HaproxyExecutable haproxy)
{
    /// <summary>What checks it. The next reload's may be a newer one.</summary>
    public HaproxyExecutable Haproxy { get; set; } = haproxy;

    private string? _previousScript;

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

    /// <summary>Whether HAProxy would be the same with this text, and the companion script that we bring, as with what is there.</summary>
    public bool IsCurrent(string text, ProxyHostPlan plan) => text == Current && (!plan.Proxy.Companion || Script == CompanionScript.Text);

    private string? Script => File.Exists(directory.Script) ? File.ReadAllText(directory.Script) : null;

    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Lets HAProxy check the text, and only then puts it in the place of the old one.</summary>
    /// <exception cref="ProxyHostException">HAProxy refuses it; the old file is as it was.</exception>
    public async Task ReplaceAsync(string text, ProxyHostPlan plan, CancellationToken cancellationToken)
    {
        File.WriteAllText(directory.NextConfiguration, text);
        _previousScript = Script;
        Write(directory.Script, CompanionScript.Text);
        if (await Haproxy.CheckAsync(directory.NextConfiguration, cancellationToken) is { } refusal)
        {
            PutScriptBack();
            throw new ProxyHostException(Explain(refusal, text, plan));
        }

        File.Move(directory.NextConfiguration, directory.Configuration, overwrite: true);
    }

    /// <summary>Undoes the last replacement, which HAProxy did not take after all.</summary>
    public void PutBack(string text)
    {
        PutScriptBack();
        Write(directory.Configuration, text);
    }

    private void PutScriptBack()
    {
        if (_previousScript is { } script)
        {
            Write(directory.Script, script);
        }
    }

    /// <summary>In one step: HAProxy may start at any moment, and must never read half a file.</summary>
    private static void Write(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    private string Explain(string refusal, string text, ProxyHostPlan plan)
    {
        if (plan.Proxy.ExtraFile is not { } extra)
        {
            return $"HAProxy {Haproxy.Version} refuses {directory.NextConfiguration}, which dbswitch wrote from the configuration of proxy {plan.Proxy.Name}:\n{refusal}\nRun \"{Haproxy.Path} -vv\" to see what it was built with.";
        }

        // HAProxy counts lines of the whole file; whoever must correct extra: wants those of his own.
        var linesBefore = text[..text.IndexOf("\n# From here on, verbatim:", StringComparison.Ordinal)].Count(c => c == '\n') + 2;
        var theirs = Position().Replace(refusal, match =>
        {
            var line = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - linesBefore;
            return line > 0 ? string.Create(CultureInfo.InvariantCulture, $"[{extra}:{line}]") : match.Value;
        });
        return $"HAProxy {Haproxy.Version} refuses the configuration of proxy {plan.Proxy.Name} with what {extra} (extra:) adds to it:\n{theirs}\nCorrect {extra}; the whole text is in {directory.NextConfiguration}.";
    }

    [GeneratedRegex(@"\[[^\]\n]*haproxy\.cfg\.next:(\d+)\]")]
    private static partial Regex Position();
}
