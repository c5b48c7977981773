using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>One step of Fast-dLLM on logits that are given: which proposals it commits.</summary>
internal static class FastTransferCheck
{
    private const int Mask = 17;

    /// <summary>Runs every entry.</summary>
    public static IEnumerable<CheckResult> Run(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        return [.. entries.Select(entry => Check(entry, file.Read($"logits.{entry.Int("index")}")))];
    }

    private static CheckResult Check(JsonElement entry, Tensor logits)
    {
        int[][] rows = entry.GetProperty("x").IntRows();
        var proposals = entry.GetProperty("x0").IntRows();
        var transfer = entry.GetProperty("transfer").IntRows();
        // A mask that is committed changes nothing.
        var expected =
            from row in Enumerable.Range(0, rows.Length)
            from column in Enumerable.Range(0, rows[row].Length)
            where transfer[row][column] == 1 && proposals[row][column] != Mask
            select (row, column, proposals[row][column]);

        using var generator = new Generator((ulong)entry.Int("seed"), CPU);
        var canvas = Canvas.ForInfilling(rows, Mask, Mask);
        var step = Loop(entry, new GivenLogits(logits, rows), canvas, generator).Run(canvas, default).First();
        return CheckResult.EqualSequence(
            $"changes {entry.Int("index")}", [.. expected], [.. step.Changes.Select(change => (change.Row, change.Position, change.Id))]);
    }

    private static DenoisingLoop Loop(JsonElement entry, IDenoiser denoiser, Canvas canvas, Generator generator)
    {
        var quotas = entry.Optional("num_transfer_tokens")?.Ints() ?? new int[canvas.Rows];
        IUnmaskingPolicy policy = entry.Optional("factor") is { } factor ? new FactorPolicy(factor.GetDouble())
            : entry.Optional("threshold") is { } threshold ? new ThresholdPolicy(threshold.GetDouble())
            : new QuotaPolicy();
        var row = 0;
        return new DenoisingLoop(
            new FullRecompute(new CanvasReader(denoiser, new PaddingVisibility(), CPU)),
            TokenChoices.Gumbel(entry.GetProperty("temperature").GetDouble(), referenceRng: true, generator),
            policy)
        {
            VocabularySize = denoiser.VocabularySize,
            Blocks = new BlockSequence(1, (canvas, block) => canvas.OwnBlockOfEachRow(block, canvas.Width))
            {
                Plan = _ => policy is QuotaPolicy ? [quotas[row++]] : [],
            },
            Confidence = entry.GetProperty("remasking").ToRemasking() == Remasking.Random ? null : new TokenProbability([]),
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
        };
    }

    private sealed class GivenLogits(Tensor logits, int[][] rows) : IDenoiser
    {
        public int VocabularySize => (int)logits.size(-1);

        // Rows without anything to commit may be left out: those that are there are told by their ids.
        public Tensor Forward(DenoiserInput input)
        {
            using var scope = NewDisposeScope();
            var read = input.Ids.data<long>().ToArray().Chunk(rows[0].Length).Select(ids =>
                (long)Array.FindIndex(rows, row => row.SequenceEqual(ids.Select(id => (int)id))));
            var shown = logits.index_select(0, tensor(read.ToArray())); // [b, T, V]
            return shown.flatten(0, 1).index_select(0, input.LogitPositions!).MoveToOuterDisposeScope(); // [N, V]
        }
    }
}
