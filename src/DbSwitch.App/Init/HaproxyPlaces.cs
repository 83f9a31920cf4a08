using DbSwitch.Doctoring;

namespace DbSwitch.App.Init;

/// <summary>Where one HAProxy has what it shares with dbswitch. Sockets are bound by whoever starts it, outside of its chroot; the worker opens what it needs inside, as its own user.</summary>
/// <param name="AdminSocket">The Runtime API.</param>
/// <param name="HasAdminSocket">It is in its haproxy.cfg already.</param>
/// <param name="MasterSocket">Null where it is not known.</param>
/// <param name="MasterNeeds">What the master's socket lacks, and what to do, one line each; empty when it can be used.</param>
/// <param name="Folder">Where the worker's own files are, as everybody else sees it.</param>
/// <param name="Chroot">Empty for none.</param>
/// <param name="User">As whom the worker runs where that is not who starts it; null otherwise.</param>
/// <param name="Group">The group of its sockets.</param>
internal sealed record HaproxyPlaces(string AdminSocket, bool HasAdminSocket, string? MasterSocket, IReadOnlyList<string> MasterNeeds, string Folder, string Chroot, string? User, string? Group)
{
    /// <summary>One that has all of it in its run folder, which its user owns.</summary>
    public static HaproxyPlaces In(string runFolder) => new(Path.Combine(runFolder, "admin.sock"), false, Path.Combine(runFolder, "master.sock"), [], runFolder, "", null, null);

    /// <param name="runFolder">Where its sockets are, as far as its files don't say.</param>
    /// <param name="file">Its haproxy.cfg.</param>
    /// <param name="service">How systemd starts it; null where that is not known.</param>
    public static HaproxyPlaces Of(string runFolder, HaproxyFile file, HaproxyService? service)
    {
        var usual = In(runFolder);
        var user = file.User is { } name and not "root" ? name : null;
        var group = file.Group ?? user;
        var chroot = file.Chroot ?? "";
        return usual with
        {
            AdminSocket = file.AdminSockets.FirstOrDefault() ?? usual.AdminSocket,
            HasAdminSocket = file.AdminSockets.Any(),
            MasterSocket = service?.MasterSocket ?? usual.MasterSocket,
            MasterNeeds = service is null || service.IsForAGroup ? [] :
            [
                $"The master's socket, the way to what a reload leaves over, is root's alone. In /etc/default/haproxy: {service.Wanted(group ?? "haproxy")}",
                "That holds from HAProxy's next restart on, not from a reload on; only then without the # below:",
            ],
            Folder = chroot.Length > 0 ? chroot + "/dbswitch" : usual.Folder,
            Chroot = chroot,
            User = user,
            Group = group,
        };
    }

    /// <summary>Where HAProxy binds the way back to a frontend.</summary>
    public string HopSocket(string frontend) => Path.Combine(Folder, frontend + "-again.sock");

    /// <summary>The same as the worker sees it.</summary>
    public string Inside(string path) => path[Chroot.Length..];

    public string Generations => Inside(Path.Combine(Folder, Chroot.Length > 0 ? "generations" : "dbswitch-generations"));

    /// <summary>The folder's command, where it has to be made.</summary>
    public string? FolderCommand => Chroot.Length > 0 && !Directory.Exists(Folder) ? $"install -d -o {User ?? "root"} -g {Group ?? "root"} -m 750 {Folder}" : null;
}
