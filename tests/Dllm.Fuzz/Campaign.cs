using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace Dllm.Fuzz;

/// <summary>Divides the inputs among workers, watches them, keeps what broke a reader, and tells the counts.</summary>
internal sealed class Campaign(FuzzOptions options)
{
    /// <summary>Inputs of one worker process, so that none grows old.</summary>
    private const int Part = 2000;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly ConcurrentDictionary<string, Tally> _tallies = new();
    private readonly ConcurrentDictionary<string, int> _findings = new();

    /// <summary>Runs; 0 where no reader broke.</summary>
    public int Run()
    {
        FuzzTarget[] targets = [.. FuzzTargets.All.Where(target => options.Only is null || target.Name == options.Only)];
        var parts = Parts(targets, options.Inputs / targets.Length);
        Parallel.ForEach(
            Partitioner.Create(parts, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount) },
            part => RunPart(part.Target, part.First, part.End));
        Report(targets);
        return _findings.IsEmpty ? 0 : 1;
    }

    /// <summary>All readers in turn, a part of the inputs each.</summary>
    private IEnumerable<(FuzzTarget Target, int First, int End)> Parts(FuzzTarget[] targets, int inputs)
    {
        for (var first = 0; first < inputs && !IsOver; first += Part)
        {
            foreach (var target in targets)
            {
                if (IsOver)
                    yield break;
                yield return (target, first, (int)Math.Min((long)first + Part, inputs));
            }
        }
    }

    private bool IsOver => Stopwatch.GetElapsedTime(_start).TotalSeconds > options.Seconds;

    private void RunPart(FuzzTarget target, int first, int end)
    {
        while (first < end)
            first = RunWorker(target, first, end);
    }

    /// <summary>Runs a worker to its end; the number of the first input that it did not try.</summary>
    private int RunWorker(FuzzTarget target, int first, int end)
    {
        var progress = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(progress, new byte[Worker.NoteBytes]);
            using var file = MemoryMappedFile.CreateFromFile(progress, FileMode.Open, null, Worker.NoteBytes);
            using var note = file.CreateViewAccessor();
            note.Write(0, (long)first);
            using var process = Process.Start(Command(target, first, end, progress))!;
            var errors = new StringBuilder();
            process.OutputDataReceived += (_, line) => Note(target, line.Data);
            process.ErrorDataReceived += (_, line) =>
            {
                if (line.Data is not null && errors.Length < 4000)
                    errors.AppendLine(line.Data);
            };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var (hangs, stopped) = Watch(process, note);
            var at = (int)note.ReadInt64(0);
            Count(target, note);
            if (hangs)
                Keep(target, at, $"no end within {options.Limit} seconds", "");
            else if (!stopped && process.ExitCode != 0)
                Keep(target, at, $"the process ended with {process.ExitCode}", errors.ToString());
            return stopped || (!hangs && process.ExitCode == 0) ? end : at + 1;
        }
        finally
        {
            File.Delete(progress);
        }
    }

    /// <summary>Waits for a worker; ends it where one input takes too long, or where the time is over.</summary>
    private (bool Hangs, bool Stopped) Watch(Process process, MemoryMappedViewAccessor note)
    {
        var (index, since) = (-1L, Stopwatch.GetTimestamp());
        while (!process.WaitForExit(100))
        {
            if (note.ReadInt64(0) is var now && now != index)
                (index, since) = (now, Stopwatch.GetTimestamp());
            var hangs = Stopwatch.GetElapsedTime(since).TotalSeconds > options.Limit;
            if (!hangs && !IsOver)
                continue;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return (hangs, !hangs);
        }

        process.WaitForExit();
        return (false, false);
    }

    private ProcessStartInfo Command(FuzzTarget target, int first, int end, string progress)
    {
        string[] arguments =
        [
            typeof(Campaign).Assembly.Location, "--worker", target.Name, "--seed", $"{options.Seed}", "--first", $"{first}", "--end", $"{end}", "--progress", progress,
        ];
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = ((long)options.Megabytes << 20).ToString("x", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["OMP_NUM_THREADS"] = "1";
        return start;
    }

    private void Note(FuzzTarget target, string? line)
    {
        if (line?.Split('\t') is [var index, var text])
        {
            var fault = Encoding.UTF8.GetString(Convert.FromBase64String(text));
            Keep(target, int.Parse(index, CultureInfo.InvariantCulture), fault.Split('\n')[0], fault);
        }
    }

    private void Count(FuzzTarget target, MemoryMappedViewAccessor note) => _tallies.AddOrUpdate(
        target.Name,
        _ => new Tally(note.ReadInt64(8), note.ReadInt64(16), note.ReadInt64(24), note.ReadInt64(32)),
        (_, tally) => tally.Plus(new Tally(note.ReadInt64(8), note.ReadInt64(16), note.ReadInt64(24), note.ReadInt64(32))));

    /// <summary>Writes a finding; of those that break at the same place only the first ten.</summary>
    private void Keep(FuzzTarget target, int index, string what, string details)
    {
        var place = details.Split('\n').FirstOrDefault(line => line.Contains("at Dllm.", StringComparison.Ordinal) && !line.Contains("Dllm.Fuzz", StringComparison.Ordinal))?.Trim() ?? "";
        var kind = what.Split(':')[0];
        var seen = _findings.AddOrUpdate($"{target.Name}\t{kind}\t{place}", 1, (_, count) => count + 1);
        if (seen > 10)
            return;
        Directory.CreateDirectory(options.Findings);
        var path = Path.Combine(options.Findings, $"{target.Name}-{options.Seed}-{index}");
        File.WriteAllBytes(path + ".input", target.Input(options.Seed, index));
        File.WriteAllText(path + ".txt", $"{what}\n{details}\n");
        Console.Error.WriteLine($"finding: {target.Name}, input {index}: {what} {place}\n  {path}.input");
    }

    private void Report(FuzzTarget[] targets)
    {
        Console.WriteLine($"{"reader",-16}{"inputs",10}{"accepted",10}{"refused",10}{"found",7}{"slowest",12}  (its input)");
        var all = new Tally(0, 0, 0, 0);
        foreach (var target in targets)
        {
            var tally = _tallies.GetValueOrDefault(target.Name, new Tally(0, 0, 0, 0));
            all = all.Plus(tally);
            Write(target.Name, tally, _findings.Where(finding => finding.Key.StartsWith(target.Name + "\t", StringComparison.Ordinal)).Sum(finding => finding.Value));
        }

        Write("all", all, _findings.Values.Sum());
        foreach (var (finding, count) in _findings.OrderBy(finding => finding.Key))
            Console.WriteLine($"{count,6} x {finding.Replace("\t", ": ")}");
        Console.WriteLine($"{_findings.Count} kinds of findings after {Stopwatch.GetElapsedTime(_start).TotalSeconds:0} s, seed {options.Seed}");
    }

    private static void Write(string name, Tally tally, int found) => Console.WriteLine(
        $"{name,-16}{tally.Accepted + tally.Refused + found,10}{tally.Accepted,10}{tally.Refused,10}{found,7}{tally.Slowest,9} ms  ({tally.SlowestInput})");

    /// <summary>Counts of one reader.</summary>
    private sealed record Tally(long Accepted, long Refused, long Slowest, long SlowestInput)
    {
        public Tally Plus(Tally other) => new(
            Accepted + other.Accepted,
            Refused + other.Refused,
            Math.Max(Slowest, other.Slowest),
            other.Slowest > Slowest ? other.SlowestInput : SlowestInput);
    }
}
