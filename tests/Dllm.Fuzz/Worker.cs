using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using Dllm.Runtime;

namespace Dllm.Fuzz;

/// <summary>
/// Tries inputs in a process of its own, so that an overflowing stack or an endless loop ends nothing else. Before each input it notes
/// its number where <see cref="Campaign"/> sees it, whatever happens then.
/// </summary>
internal static class Worker
{
    /// <summary>Bytes of the note: the number, accepted, refused, slowest milliseconds and its number.</summary>
    public const int NoteBytes = 40;

    public static int Run(FuzzOptions options, FuzzTarget target)
    {
        NativeRuntime.Load();
        using var file = MemoryMappedFile.CreateFromFile(options.Progress, FileMode.OpenOrCreate, null, NoteBytes);
        using var note = file.CreateViewAccessor();
        var folder = Directory.CreateTempSubdirectory("dllm-fuzz-");
        try
        {
            long accepted = 0, refused = 0, slowest = -1;
            for (var index = options.Range.First; index < options.Range.End; index++)
            {
                note.Write(0, (long)index);
                var input = target.Input(options.Seed, index);
                var start = Stopwatch.GetTimestamp();
                if (Try(target, input, folder.FullName) is not { } fault)
                    accepted++;
                else if (fault is DllmException)
                    refused++;
                else
                    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{index}\t{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(fault.ToString()))}"));
                var taken = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                note.Write(8, accepted);
                note.Write(16, refused);
                if (taken > slowest)
                {
                    slowest = taken;
                    note.Write(24, slowest);
                    note.Write(32, (long)index);
                }
            }

            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What an input ends in; null: it is accepted.</summary>
    public static Exception? Try(FuzzTarget target, byte[] input, string folder)
    {
        try
        {
            target.Read(input, folder);
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
        finally
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo inner)
                    inner.Delete(recursive: true);
                else
                    entry.Delete();
            }
        }
    }
}

/// <summary>Reads a finding, or any input by its number, again in this process.</summary>
internal static class Replay
{
    public static int Run(FuzzOptions options, string path)
    {
        var parts = Path.GetFileNameWithoutExtension(path).Split('-');
        var target = FuzzTargets.Find(parts[0])!;
        if (!File.Exists(path))
        {
            var input = target.Input(ulong.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
            Directory.CreateDirectory(options.Findings);
            path = Path.Combine(options.Findings, Path.GetFileName(path) + ".input");
            File.WriteAllBytes(path, input);
            Console.WriteLine(path);
        }

        NativeRuntime.Load();
        var folder = Directory.CreateTempSubdirectory("dllm-fuzz-");
        var start = Stopwatch.GetTimestamp();
        var fault = Worker.Try(target, File.ReadAllBytes(path), folder.FullName);
        folder.Delete(recursive: true);
        Console.WriteLine($"{(fault is null ? "accepted" : fault is DllmException ? $"refused: {fault.Message}" : fault.ToString())}");
        Console.WriteLine($"after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
        return fault is null or DllmException ? 0 : 1;
    }
}
