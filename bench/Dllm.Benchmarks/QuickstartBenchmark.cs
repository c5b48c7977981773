using System.Globalization;
using System.Text.Json.Nodes;
using Dllm.Data;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// Time and exact match of a trained model: the quickstart's held-out conversations, one at a time, by the original's loop at one token a
/// step in eager TorchSharp, and by ours with caches and confidence thresholds. Temperature 0.
/// </summary>
public static class QuickstartBenchmark
{
    private const int NewTokens = 12;

    /// <summary>Prints a line a way: seconds, ratio, forwards an answer, exact match.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="heldOut">The conversations: heldout.jsonl of <c>dllm quickstart --write-data</c>.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="repeats">Timed runs of each, after one that is not.</param>
    public static void Run(TextWriter output, string heldOut, string folder, int repeats = 3)
    {
        using var model = PretrainedModel.Load(folder);
        using var literal = PretrainedModel.Load(folder);
        literal.Denoiser.Products = ProductKind.Plain;
        model.Denoiser.Products = ProductKind.Packed;
        using var rounded = PretrainedModel.Load(folder);
        rounded.Denoiser.Products = ProductKind.Int8;
        var special = model.Tokenizer!.SpecialTokens;
        var (mask, padding) = (special.MaskId!.Value, (special.EosId ?? special.PadId)!.Value);
        int[] ends = [.. new[] { special.EosId, special.EndOfTurnId }.OfType<int>()];
        var questions = Questions(heldOut, new ConversationEncoder(model.Tokenizer), text => model.Tokenizer.Encode(text, addSpecialTokens: false));
        var plain = new MdlmSamplerOptions { Steps = NewTokens, BlockSize = NewTokens };
        var ways = new Dictionary<string, Func<int[], (int[] Written, int Forwards)>>
        {
            ["literal, a token a step"] = prompt =>
            {
                using var scope = NewDisposeScope();
                var canvas = Canvas.ForCompletion([prompt], NewTokens, mask, padding);
                var history = LiteralMdlmLoop.Run(new EagerDenoiser(literal.Denoiser), canvas, false, NewTokens, plain, keepHistory: false);
                return ([.. history[^1][0].data<long>().ToArray().Skip(prompt.Length).Select(id => (int)id)], NewTokens);
            },
            ["ours, a token a step"] = prompt => Fill(prompt, new MdlmSampler(model.Denoiser, plain), null),
            ["ours in int8, a token a step"] = prompt => Fill(prompt, new MdlmSampler(rounded.Denoiser, plain), null),
        };
        foreach (double threshold in (double[])[0.9, 0.8, 0.7])
        {
            foreach (var cache in (CacheMode[])[CacheMode.None, CacheMode.Dual])
            {
                var options = new FastDllmOptions { Steps = NewTokens, BlockSize = NewTokens, Threshold = threshold, Cache = cache };
                var sampler = new FastDllmSampler(model.Denoiser, options);
                ways[string.Create(CultureInfo.InvariantCulture, $"threshold {threshold}, cache {cache.ToString().ToLowerInvariant()}")] =
                    prompt => Fill(prompt, sampler, options.Layout);
            }
        }

        var timings = ways.Keys.ToDictionary(name => name, _ => new Timings());
        var results = new Dictionary<string, (int Right, int Forwards, int[][] Written)>();
        for (int repeat = 0; repeat <= repeats; repeat++)
            foreach (var (name, answer) in ways)
                results[name] = timings[name].Time(() => Examine(answer));
        string first = ways.Keys.First();
        foreach (var (name, (right, forwards, written)) in results)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {timings[name].Seconds:0.00} s, ratio {timings[first].Seconds / timings[name].Seconds:0.0} "
                + $"(of processor times {timings[first].ProcessorSeconds / timings[name].ProcessorSeconds:0.0}), "
                + $"{forwards / (double)questions.Length:0.0} steps an answer, {100.0 * right / questions.Length:0.0} % right of {questions.Length}, "
                + $"{written.Zip(results[first].Written).Count(pair => pair.First.SequenceEqual(pair.Second))} answers the same"));
        }

        (int[] Written, int Forwards) Fill(int[] prompt, ISampler sampler, CanvasLayout? layout)
        {
            var canvas = Canvas.ForCompletion([prompt], NewTokens, mask, padding, layout: layout);
            int steps = sampler.Sample(canvas).Count();
            return (canvas.Written(0), steps);
        }

        (int Right, int Forwards, int[][] Written) Examine(Func<int[], (int[] Written, int Forwards)> answer)
        {
            var (right, forwards) = (0, 0);
            var answers = new List<int[]>();
            foreach (var (prompt, expected) in questions)
            {
                var (written, steps) = answer(prompt);
                forwards += steps;
                answers.Add(written);
                if (written.TakeWhile(token => !ends.Contains(token)).SequenceEqual(expected)) right++;
            }

            return (right, forwards, [.. answers]);
        }
    }

    private static (int[] Prompt, int[] Answer)[] Questions(string file, ConversationEncoder encoder, Func<string, IEnumerable<int>> encode) =>
    [
        .. File.ReadLines(file).Select(line =>
        {
            var messages = JsonNode.Parse(line)!["messages"]!.AsArray()
                .Select(message => new ChatMessage(message!["role"]!.ToString(), message["content"]!.ToString())).ToList();
            return (encoder.Encode(messages[..^1], addGenerationPrompt: true), encode(messages[^1].Content).ToArray());
        }),
    ];
}
