using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kinds <c>sample</c> and <c>infill</c>: a checkpoint and prompts as token ids; the final canvas, every canvas on the way
/// (rebuilt from the stream of steps) and the number of forward passes must be equal.
/// </summary>
/// <remarks>
/// The original's canvas grows block by block where ours is whole from the start: then as many columns are compared as there are.
/// </remarks>
internal sealed class SamplerVerifier : ICaseVerifier
{
    /// <summary>The table of samplers. A new one is one file and one row.</summary>
    private static readonly IReadOnlyList<ISamplerCases> Samplers =
    [
        new MdlmCases(),
        new DreamCases(),
        new FastDllmCases(),
        new EditFlowCases(),
        new Bd3lmCases(),
        new Llada2Cases(),
        new Llada21Cases(),
        new Rnd1Cases(),
    ];

    public IReadOnlyList<string> Kinds => ["sample", "infill"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var name = c.Json.Text("sampler");
        var cases = Samplers.FirstOrDefault(sampler => sampler.Names.Contains(name))
            ?? throw new CaseSkippedException($"sampler {name} is not supported yet");
        c.RequireFamily();

        using var model = PretrainedModel.Load(c.ModelDirectory);
        return Verify(c, cases, model.Denoiser);
    }

    internal static List<CheckResult> Verify(VerificationCase c, ISamplerCases cases, IDenoiser denoiser)
    {
        var counting = new CountingDenoiser(denoiser);
        var setup = cases.SetUp(c, counting);
        var histories = Histories(c);
        var recorded = histories.Count;
        if (setup.LeavesOutIdleSteps)
            histories = [.. histories.Where((canvas, i) => i == 0 || !SameRows(canvas, histories[i - 1]))];
        var replay = setup.Canvas.Copy();
        var checks = new List<CheckResult> { CompareCanvas("history 0", histories[0], replay) };
        var widths = new List<int> { replay.Width };
        var (steps, idle) = (0, 0);
        foreach (var step in setup.Sampler.Sample(setup.Canvas))
        {
            if (setup.LeavesOutIdleSteps && step.Changes.Count == 0)
            {
                idle++;
                continue;
            }

            replay.Apply(step);
            widths.Add(replay.Width);
            if (++steps < histories.Count) checks.Add(CompareCanvas($"history {steps}", histories[steps], replay));
            if (setup.AnnouncesSteps) checks.Add(CheckResult.Equal($"announced steps {steps}", histories.Count - 1, step.Steps));
        }

        checks.Add(CheckResult.Equal("steps", histories.Count - 1, steps));
        if (c.Json.OptionalInt("model_forwards") is int forwards)
        {
            var expected = setup.Forwards(forwards, steps + idle);
            checks.Add(CheckResult.Equal(
                "model_forwards", expected, setup.ForwardsAreMost ? Math.Max(expected, counting.Forwards) : counting.Forwards));
        }

        if (c.Json.OptionalInt("history_length") is int length) checks.Add(CheckResult.Equal("history_length", length, recorded));
        if (setup.ComparesWidths) checks.Add(CheckResult.Equal("widths", Widths(histories.Select(canvas => canvas[0].Length)), Widths(widths)));
        checks.Add(CompareCanvas("sequences", c.Json.GetProperty("sequences").IntRows(), setup.Canvas));
        return checks;
    }

    private static string Widths(IEnumerable<int> widths) => string.Join(' ', widths);

    /// <summary>Every canvas of the original: step, row, column.</summary>
    private static List<int[][]> Histories(VerificationCase c)
    {
        if (c.Json.Optional("histories") is JsonElement listed) return [.. listed.EnumerateArray().Select(canvas => canvas.IntRows())];
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        using var tensor = file.Read("histories"); // [S, B, T]
        using var whole = tensor.to(int64).contiguous();
        var (rows, width) = ((int)whole.size(1), (int)whole.size(2));
        return [.. whole.data<long>().ToArray().Select(id => (int)id).Chunk(width).Chunk(rows)];
    }

    private static CheckResult CompareCanvas(string name, int[][] expected, Canvas canvas) => CheckResult.EqualSequence(
        name,
        [.. expected.SelectMany(row => row)],
        [.. Enumerable.Range(0, canvas.Rows).SelectMany(row => canvas.Row(row)[..Math.Min(canvas.Width, expected[0].Length)].ToArray())]);

    private static bool SameRows(int[][] one, int[][] other) =>
        one.Length == other.Length && one.Zip(other).All(pair => pair.First.SequenceEqual(pair.Second));

    private sealed class CountingDenoiser(IDenoiser inner) : IDenoiser, IEditDenoiser
    {
        public int Forwards { get; private set; }

        public int VocabularySize => inner.VocabularySize;

        public int FirstPosition => inner.FirstPosition;

        public bool NeedsWholeMasks => inner.NeedsWholeMasks;

        public Tensor Forward(DenoiserInput input)
        {
            Forwards++;
            return inner.Forward(input);
        }

        public EditPrediction Predict(DenoiserInput input, Tensor? time)
        {
            Forwards++;
            return inner is IEditDenoiser edits
                ? edits.Predict(input, time)
                : throw new DllmException("the model of the case has no Edit-Flow heads");
        }
    }
}
