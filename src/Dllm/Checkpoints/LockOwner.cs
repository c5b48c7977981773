using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dllm.Checkpoints;

/// <summary>The process that holds a <see cref="FolderLock"/>.</summary>
/// <param name="ProcessId">Its number on its host.</param>
/// <param name="Host">The host's name.</param>
/// <param name="ProcessStarted">When the process began, in UTC: another process may have its number by now, but did not begin then.</param>
/// <param name="Since">When it took the lock, in UTC.</param>
internal sealed record LockOwner(int ProcessId, string Host, DateTime ProcessStarted, DateTime Since)
{
    // The system tells starts in its own ticks, from a clock that may be set.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>Who it is, for a message.</summary>
    [JsonIgnore]
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"process {ProcessId}{(Host == Environment.MachineName ? "" : $" on {Host}")}, since {Since:yyyy-MM-dd HH:mm:ss} UTC");

    /// <summary>Whether it runs, or may run on another host.</summary>
    [JsonIgnore]
    public bool MayBeAlive => Host != Environment.MachineName || IsAlive();

    /// <summary>This process.</summary>
    public static LockOwner Current()
    {
        using var self = Process.GetCurrentProcess();
        return new LockOwner(self.Id, Environment.MachineName, self.StartTime.ToUniversalTime(), DateTime.UtcNow);
    }

    /// <summary>Reads the file of a lock; null where there is none, or one cut short.</summary>
    public static LockOwner? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(PlainFile.ReadBytes(path, 1 << 16), LockOwnerJson.Default.LockOwner) : null;
        }
        catch (Exception e) when (e is JsonException or DllmException)
        {
            return null;
        }
    }

    /// <summary>Writes the file of a lock.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, LockOwnerJson.Default.LockOwner));

    private bool IsAlive()
    {
        if (ProcessId == Environment.ProcessId) return false; // of an earlier process of this number: the lock itself tells this one's own
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return (process.StartTime.ToUniversalTime() - ProcessStarted).Duration() < Tolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false; // there is none of that number
        }
        catch (Win32Exception)
        {
            return true; // there is one, and more cannot be learnt of it
        }
    }
}

/// <summary>Reads and writes <see cref="LockOwner"/> without reflection.</summary>
[JsonSerializable(typeof(LockOwner))]
internal sealed partial class LockOwnerJson : JsonSerializerContext;
