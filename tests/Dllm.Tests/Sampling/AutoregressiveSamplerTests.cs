using System.Runtime.CompilerServices;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

public class AutoregressiveSamplerTests
{
    private static readonly int[][] Prompts = [[7, 3, 9, 4], [5], [8, 2]];

    public static TheoryData<string> Types => ["llama", "qwen2", "qwen3", "gpt2"];

    [Theory]
    [MemberData(nameof(Types))]
    public void GreedyTextIsThatOfWholeForwards(string type)
    {
        using var model = TinyModels.Build(type);
        var written = Write(model, new AutoregressiveOptions(), Prompts, 6);
        for (var row = 0; row < Prompts.Length; row++)
            Assert.Equal(Literal(model, Prompts[row], 6), written[row]);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ARowIsWrittenAsIfAlone(string type)
    {
        using var model = TinyModels.Build(type);
        var options = new AutoregressiveOptions { Temperature = 0.9, TopK = 20, TopP = 0.95, Seed = 4 };
        var together = Write(model, options, Prompts, 5);
        Assert.Equal(Write(model, options, [Prompts[0]], 5)[0], together[0]); // the first row's stream is the seed's own
        Assert.Equal(together, Write(model, options, Prompts, 5));
        Assert.NotEqual(together, Write(model, options with { Seed = 5 }, Prompts, 5));
    }

    [Fact]
    public void DrawingFromOneTokenIsGreedy()
    {
        using var model = TinyModels.Build("llama");
        var greedy = Write(model, new AutoregressiveOptions(), Prompts, 5);
        Assert.Equal(greedy, Write(model, new AutoregressiveOptions { Temperature = 1, TopK = 1 }, Prompts, 5));
        Assert.Equal(greedy, Write(model, new AutoregressiveOptions { Temperature = 1, TopP = 1e-6 }, Prompts, 5));
    }

    [Fact]
    public void ARowThatEndsLeavesTheOthersAsTheyWere()
    {
        using var model = TinyModels.Build("llama");
        var whole = Write(model, new AutoregressiveOptions(), Prompts, 8);
        var end = whole[1][2];
        var stopped = Write(model, new AutoregressiveOptions { EndTokenIds = [end] }, Prompts, 8);
        for (var row = 0; row < Prompts.Length; row++)
        {
            var length = Array.IndexOf(whole[row], end) is >= 0 and var place ? place + 1 : whole[row].Length;
            Assert.Equal([.. whole[row][..length], .. Enumerable.Repeat(TinyModels.PaddingId, 8 - length)], stopped[row]);
        }
    }

    [Fact]
    public void AStoppedCanvasGoesOnWhereItWas()
    {
        using var model = TinyModels.Build("gpt2");
        var sampler = new AutoregressiveSampler(model, new AutoregressiveOptions());
        var canvas = sampler.CompletionCanvas(Prompts, 6, TinyModels.PaddingId);
        var first = sampler.Sample(canvas).First();
        Assert.Equal((1, 6, 15), (first.Step, first.Steps, first.MasksLeft));
        Assert.Equal([0, 1, 2], first.Changes.Select(change => change.Row));
        Assert.All(first.Changes, change => Assert.InRange(change.Confidence, 0, 1));
        Assert.Equal(5, sampler.Sample(canvas).Count());
        Assert.Equal(Write(model, new AutoregressiveOptions(), Prompts, 6), Enumerable.Range(0, 3).Select(canvas.Written));
        Assert.Empty(sampler.Sample(canvas));
    }

    [Fact]
    public void WhatCannotBeWrittenIsRefused()
    {
        using var model = TinyModels.Build("llama");
        var sampler = new AutoregressiveSampler(model, new AutoregressiveOptions());
        Refused("empty", () => sampler.Sample(sampler.CompletionCanvas([[5], []], 4, 1)));
        Refused("fill gaps", () => sampler.Sample(Canvas.ForInfilling([[5, 50, 6]], 50, 1)));
        Refused("end together", () => sampler.Sample(Canvas.ForCompletion(Prompts, 4, 50, 1)));
        Refused("at most 64", () => sampler.Sample(sampler.CompletionCanvas(Prompts, 61, 1)));
        Refused("top-p", () => new AutoregressiveSampler(model, new AutoregressiveOptions { TopP = 1.5 }));
        Refused("end token 50", () => new AutoregressiveSampler(model, new AutoregressiveOptions { EndTokenIds = [50] }));
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using var model = TinyModels.Build("qwen3");
        var options = new AutoregressiveOptions { Temperature = 1, TopK = 5, TopP = 0.9, EndTokenIds = [3, 4, 5] };
        Write(model, options, Prompts, 4);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Write(model, options, Prompts, 4);
        var sampler = new AutoregressiveSampler(model, options);
        Assert.NotNull(sampler.Sample(sampler.CompletionCanvas(Prompts, 4, 1)).First());
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => sampler.Sample(sampler.CompletionCanvas(Prompts, 4, 1), cancelled.Token).Count());
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void ARealModelTellsItsStory()
    {
        var weights = Path.GetFullPath(Path.Combine(Root(), "..", "shared", "data", "weights", "stories260K", "hf"));
        Assert.SkipUnless(Directory.Exists(weights), $"{weights} is not there");
        using var model = PretrainedModel.Load(weights);
        int[] prompt = [1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426];
        Assert.Equal(prompt, model.Tokenizer!.Encode("Once upon a time, there was a little girl named Lily."));
        var written = Write(model.Denoiser, new AutoregressiveOptions(), [prompt], 60)[0];
        const string Story =
            "She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.";
        Assert.StartsWith(Story, model.Tokenizer.Decode(written).TrimStart(), StringComparison.Ordinal);
    }

    private static int[][] Write(Denoiser model, AutoregressiveOptions options, int[][] prompts, int tokens)
    {
        var sampler = new AutoregressiveSampler(model, options);
        var canvas = sampler.CompletionCanvas(prompts, tokens, TinyModels.PaddingId);
        var copy = canvas.Copy();
        foreach (var step in sampler.Sample(canvas)) copy.Apply(step);
        Assert.Equal(0, canvas.MasksLeft);
        for (var row = 0; row < prompts.Length; row++) Assert.Equal(canvas.Row(row).ToArray(), copy.Row(row).ToArray());
        return [.. Enumerable.Range(0, prompts.Length).Select(canvas.Written)];
    }

    /// <summary>The most probable token of a forward over all, time and again.</summary>
    private static int[] Literal(Denoiser model, int[] prompt, int tokens)
    {
        var ids = prompt.ToList();
        for (var i = 0; i < tokens; i++)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var logits = model.Forward(new DenoiserInput(tensor(ids.ConvertAll(id => (long)id).ToArray()).unsqueeze(0)));
            ids.Add((int)logits[0, -1].argmax().item<long>());
        }

        return [.. ids[prompt.Length..]];
    }

    private static void Refused(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<DllmException>(action).Message);

    private static string Root([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..");
}
