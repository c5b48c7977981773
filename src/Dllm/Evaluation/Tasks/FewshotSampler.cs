using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// Which examples each document of a task is shown. Draws go on from document to document with one generator, as the harness does in one
/// process over all documents, so a document's examples depend on its place only: limits and shards change nothing.
/// </summary>
/// <param name="definition">How to draw.</param>
/// <param name="pool">The documents to draw from.</param>
/// <param name="leavesOut">Whether the document asked about is left out of its examples (they come from the evaluated split).</param>
/// <param name="isRelease">Whether to draw as the harness's release 0.4.9.1.</param>
internal sealed class FewshotSampler(FewshotDefinition definition, IReadOnlyList<JsonObject> pool, bool leavesOut, bool isRelease)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Seed, int Count), (PythonRandom Random, List<int[]> Draws)> _draws = [];
    private readonly IReadOnlyList<JsonObject> _pool = definition.Indices is { } indices
        ? [.. indices.Select(i => i < pool.Count ? pool[i] : throw new DllmException($"fewshot_indices names the example {i}, and there are {pool.Count}, counted from 0"))]
        : pool;

    /// <summary>The examples for the draw number <paramref name="draw"/> (the document's place).</summary>
    /// <param name="document">The document asked about.</param>
    /// <param name="draw">How many draws came before.</param>
    /// <param name="count">How many examples, at least 1.</param>
    /// <param name="seed">The generator's seed.</param>
    /// <param name="task">The task's name, for messages.</param>
    /// <exception cref="DllmException">There are too few.</exception>
    public IReadOnlyList<JsonObject> Sample(JsonObject document, int draw, int count, int seed, string task)
    {
        if (isRelease)
        {
            // The release takes as many as asked, and then leaves the document out wherever it stands: a prompt may show one less.
            var taken = definition.TakesFirst && count <= _pool.Count ? _pool.Take(count) : Drawn(draw, leavesOut ? count + 1 : count, seed).Select(i => _pool[i]);
            return [.. taken.Where(other => !JsonNode.DeepEquals(other, document)).Take(count)];
        }

        var candidates = definition.TakesFirst
            ? _pool
            : [.. Drawn(draw, Math.Min(_pool.Count + 1, leavesOut ? count + 1 : count), seed).Select(i => _pool[i])];
        IReadOnlyList<JsonObject> chosen = [.. candidates.Where(other => !leavesOut || !JsonNode.DeepEquals(other, document)).Take(count)];
        return chosen.Count == count ? chosen : throw TooFew(task, count);

        IReadOnlyList<int> Drawn(int place, int number, int start) => number > _pool.Count ? throw TooFew(task, count) : Draw(place, number, start);
    }

    private int[] Draw(int place, int number, int seed)
    {
        lock (_lock)
        {
            if (!_draws.TryGetValue((seed, number), out var state)) _draws[(seed, number)] = state = (new PythonRandom(seed), []);
            while (state.Draws.Count <= place) state.Draws.Add(state.Random.Sample(_pool.Count, number));
            return state.Draws[place];
        }
    }

    private DllmException TooFew(string task, int count) => new(
        $"the task {task} is to show {count} examples and has {_pool.Count}" + (leavesOut ? ", of which the document asked about is left out" : ""),
        "lower --num-fewshot");
}
