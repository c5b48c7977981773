using System.Text;
using System.Text.Json.Nodes;
using Dllm.Checkpoints;
using Dllm.Data.Sources;
using Dllm.Evaluation.Running;

namespace Dllm.Evaluation.Reports;

/// <summary>
/// Where an evaluation is kept: <c>results.json</c>, <c>report.md</c>, <c>report.html</c>, a <c>samples_TASK.jsonl</c> a task, and
/// <c>answers.jsonl</c>, the cache. A shard's lie in a folder of their own within, <c>shard-2-of-8</c>.
/// </summary>
/// <param name="path">The folder.</param>
public sealed class EvalFolder(string path)
{
    private const string ShardPrefix = "shard-";

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>The cache of answers.</summary>
    public string Answers => System.IO.Path.Combine(path, "answers.jsonl");

    /// <summary>The results.</summary>
    public string Results => System.IO.Path.Combine(path, ResultsFile.Name);

    /// <summary>The folder of a shard: the folder itself for everything.</summary>
    public EvalFolder For(Shard shard) =>
        shard.IsWhole ? this : new EvalFolder(System.IO.Path.Combine(path, $"{ShardPrefix}{shard.Number}-of-{shard.Count}"));

    /// <summary>Makes the folder.</summary>
    /// <exception cref="DllmException">It cannot be made.</exception>
    public void Create()
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the folder '{path}' cannot be made: {e.Message}", "choose another with --output", e);
        }
    }

    /// <summary>The shards within.</summary>
    /// <exception cref="DllmException">There is none.</exception>
    public IReadOnlyList<EvalFolder> Shards()
    {
        string[] found = Directory.Exists(path)
            ? [.. Directory.EnumerateDirectories(path, ShardPrefix + "*").Where(folder => File.Exists(System.IO.Path.Combine(folder, ResultsFile.Name))).Order(StringComparer.Ordinal)]
            : throw new DllmException($"the folder '{path}' does not exist", "give the --output of the shards");
        return found.Length > 0
            ? [.. found.Select(folder => new EvalFolder(folder))]
            : throw new DllmException($"no shard in '{path}' is finished", "run dllm eval --shard 1/N --output there first");
    }

    /// <summary>A task's samples.</summary>
    public string Samples(string task) => System.IO.Path.Combine(path, $"samples_{SafeName(task)}.jsonl");

    /// <summary>Reads a task's samples.</summary>
    /// <exception cref="DllmException">They cannot be read.</exception>
    public IReadOnlyList<EvalSample> ReadSamples(string task)
    {
        string file = Samples(task);
        return [.. LineReader.Lines(file).Where(line => line.Text.Length > 0).Select(line => EvalSample.Parse(line.Text, $"{file}, line {line.Number}"))];
    }

    /// <summary>Writes the samples, the reports, and last the results: where they are, everything is.</summary>
    /// <exception cref="DllmException">A file cannot be written; answers are kept all the same.</exception>
    public void Write(JsonObject results, IReadOnlyList<TaskRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        foreach (var run in runs)
        {
            AtomicFile.Write(Samples(run.Name), stream =>
            {
                foreach (var sample in run.Samples) stream.Write(Encoding.UTF8.GetBytes(sample.ToJson() + "\n"));
            });
        }

        AtomicFile.WriteText(System.IO.Path.Combine(path, "report.md"), MarkdownReport.Write(results));
        AtomicFile.WriteText(System.IO.Path.Combine(path, "report.html"), HtmlReport.Write(results, [.. runs.Select(run => (run.Name, run.Samples))]));
        AtomicFile.WriteText(Results, ResultsFile.ToText(results));
    }

    private static string SafeName(string task) => string.Concat(task.Select(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_'));
}
