using System.Diagnostics;
using Dllm.Checkpoints;

namespace Dllm.Tests.Checkpoints;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    private string Folder => Path.Combine(_root.Path, "runs", "one");

    private string OwnerFile => Path.Combine(Folder, FolderLock.FileName + ".json");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_second_is_refused_and_told_who_holds_it_until_it_is_given_back()
    {
        using (FolderLock.Take(Folder))
        {
            var error = Assert.Throws<DllmException>(() => FolderLock.Take(Folder, "--output"));
            Assert.Contains($"'{Folder}' is in use by process {Environment.ProcessId}, since 2", error.Message);
            Assert.Contains("--output", error.Message);
            File.WriteAllText(Path.Combine(Folder, "result"), "");
        }

        Assert.Equal(["result"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName));
        FolderLock.Take(Folder).Dispose();
    }

    [Fact]
    public void Folders_made_for_nothing_are_removed_and_others_stay()
    {
        FolderLock.Take(Folder).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_root.Path));
        Directory.CreateDirectory(Folder);
        FolderLock.Take(Folder).Dispose();
        Assert.True(Directory.Exists(Folder));
    }

    [Fact]
    public void The_lock_of_a_process_that_has_ended_is_taken_over()
    {
        Directory.CreateDirectory(Folder);
        using var ended = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        var owner = new LockOwner(ended.Id, Environment.MachineName, ended.StartTime.ToUniversalTime(), DateTime.UtcNow);
        ended.WaitForExit();
        foreach (var stale in new[] { owner, LockOwner.Current() with { ProcessStarted = DateTime.UtcNow.AddDays(-1), ProcessId = Parent() } })
        {
            File.WriteAllText(Path.Combine(Folder, FolderLock.FileName), "");
            stale.Write(OwnerFile);
            using var taken = FolderLock.Take(Folder);
            Assert.Equal(Environment.ProcessId, LockOwner.Read(OwnerFile)!.ProcessId);
        }
    }

    [Fact]
    public void A_process_that_runs_holds_it_where_the_file_system_has_no_locks()
    {
        Directory.CreateDirectory(Folder);
        using var parent = Process.GetProcessById(Parent());
        new LockOwner(parent.Id, Environment.MachineName, parent.StartTime.ToUniversalTime(), DateTime.UtcNow).Write(OwnerFile);
        Assert.Contains($"in use by process {parent.Id}", Assert.Throws<DllmException>(() => FolderLock.Take(Folder)).Message);
        Assert.False(File.Exists(Path.Combine(Folder, FolderLock.FileName)));
    }

    [Fact]
    public void Of_another_host_nobody_can_tell()
    {
        Directory.CreateDirectory(Folder);
        (LockOwner.Current() with { Host = "elsewhere", ProcessId = 7 }).Write(OwnerFile);
        var error = Assert.Throws<DllmException>(() => FolderLock.Take(Folder));
        Assert.Contains("process 7 on elsewhere", error.Message);
        Assert.Contains($"delete {OwnerFile}", error.Message);
        File.WriteAllText(OwnerFile, "{ cut sh");
        FolderLock.Take(Folder).Dispose();
    }

    [Fact]
    public void A_folder_that_cannot_be_is_a_mistake()
    {
        File.WriteAllText(Path.Combine(_root.Path, "file"), "");
        foreach (string folder in (string[])["file", Path.Combine("file", "below")])
            Assert.Contains("cannot be made", Assert.Throws<DllmException>(() => FolderLock.Take(Path.Combine(_root.Path, folder))).Message);
    }

    // A process that surely runs, and is not this one.
    private static int Parent() => int.Parse(File.ReadAllText("/proc/self/stat").Split(')')[1].Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
}
