using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Diffusion;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>The functions of block diffusion: its masks, and one step on logits that are given.</summary>
internal static class BlockDiffusionChecks
{
    private const int MaskToken = 15;

    /// <summary>One step of BD3LM on each block.</summary>
    public static IEnumerable<CheckResult> Steps(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        return [.. entries.Select(entry => Step(entry, file.Read($"logits.{entry.Int("index")}")))];
    }

    /// <summary>The masks and positions of sampling, and the mask of training.</summary>
    public static IEnumerable<CheckResult> Masks(VerificationCase c, IEnumerable<JsonElement> entries)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        return [.. entries.SelectMany(entry => entry.Text("function") == "training_mask" ? Training(file, entry) : Sampling(file, entry))];
    }

    private static CheckResult Step(JsonElement entry, Tensor logits)
    {
        using var generator = new Generator((ulong)entry.Int("seed"), CPU);
        var canvas = Canvas.ForInfilling(entry.GetProperty("x").IntRows(), MaskToken, MaskToken);
        var quotas = entry.GetProperty("num_transfer").Ints();
        var row = 0;
        var loop = new DenoisingLoop(
            new GivenLogits(logits),
            TokenChoices.Gumbel(entry.GetProperty("temperature").GetDouble(), referenceRng: true, generator),
            new ScheduledPolicy())
        {
            VocabularySize = (int)logits.size(-1),
            Blocks = new BlockSequence(1, (canvas, block) => canvas.OwnBlockOfEachRow(block, canvas.Width)) { Plan = _ => [quotas[row++]] },
            Region = DrawRegion.Block,
            Confidence = entry.GetProperty("remasking").ToRemasking() == Remasking.Random ? null : new TokenProbability([]),
            DrawScores = cells => rand(cells, float32, generator: generator).data<float>().ToArray(),
        };
        foreach (var _ in loop.Run(canvas, default)) { }
        return CheckResult.EqualSequence(
            $"block {entry.Int("index")}",
            [.. entry.GetProperty("expected").IntRows().SelectMany(ids => ids)],
            [.. Enumerable.Range(0, canvas.Rows).SelectMany(i => canvas.Row(i).ToArray())]);
    }

    // The visibility of a finished prefix: a block of masks behind it keeps its padding from being what is being filled.
    private static IEnumerable<CheckResult> Sampling(SafetensorsFile file, JsonElement entry)
    {
        var (index, blockSize, padding) = (entry.Int("index"), entry.Int("block_size"), entry.Int("pad_token_id"));
        var rows = entry.GetProperty("x").IntRows();
        var mask = rows.Max(row => row.Max()) + 1;
        var width = rows[0].Length;
        var canvas = Canvas.ForCompletion(rows, blockSize, mask, padding);
        var visibility = new BlockVisibility(blockSize, hidesWrittenPadding: true, hidesGivenPadding: true);
        int[] all = [.. Enumerable.Range(0, rows.Length)];
        var read = new Columns(0, canvas.Width);
        var attention = visibility.Mask(canvas, all, read, canvas.Width)[.., .., ..width, ..width];
        yield return Same($"attn.{index}", file.Read($"attn.{index}"), attention);
        yield return Same($"pos.{index}", file.Read($"pos.{index}"), visibility.Positions(canvas, all, read)[.., ..width]);
    }

    private static IEnumerable<CheckResult> Training(SafetensorsFile file, JsonElement entry)
    {
        var name = $"train.{entry.Int("index")}";
        yield return Same(name, file.Read(name), BlockDiffusionMask.Training(entry.Int("n"), entry.Int("block_size")));
    }

    private static CheckResult Same(string name, Tensor expected, Tensor actual) => CheckResult.EqualSequence(
        name, expected.to(int64).contiguous().data<long>().ToArray(), actual.to(int64).contiguous().data<long>().ToArray());

    private sealed class GivenLogits(Tensor logits) : ICacheStrategy
    {
        public Columns Reads(Canvas canvas, CanvasBlock[] block) => new(0, canvas.Width);

        public Tensor Predict(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells) => logits.flatten(0, 1)
            .index_select(0, tensor(Array.ConvertAll(cells, cell => (long)cell.Row * canvas.Width + cell.Position))); // [N, V]

        public void EndBlock(Canvas canvas, CanvasBlock[] block)
        {
        }

        public void Dispose()
        {
        }
    }
}
