using System.Globalization;
using Dllm.Data;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Benchmarks;

/// <summary>
/// What the unmasking policies gain, in counts: tokens a forward of the answers, and how many answers are those that one token a step
/// gives. On a chat checkpoint (the quickstart's), by its own template, at temperature 0.
/// </summary>
public static class PolicyBenchmark
{
    private const int NewTokens = 32;

    private static readonly string[] Things =
        ["sky", "grass", "snow", "lemon", "coal", "milk", "blood", "banana", "leaf", "sun", "sea", "cherry", "carrot", "frog", "night", "cloud"];

    /// <summary>Prints a line a policy.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="folder">The checkpoint.</param>
    public static void Run(TextWriter output, string folder)
    {
        using var model = PretrainedModel.Load(folder);
        var tokenizer = model.Tokenizer!;
        var encoder = new ConversationEncoder(tokenizer);
        var (mask, padding) = (tokenizer.SpecialTokens.MaskId!.Value, tokenizer.SpecialTokens.PadId!.Value);
        int[] ends = [.. new[] { tokenizer.SpecialTokens.EosId, tokenizer.SpecialTokens.EndOfTurnId }.OfType<int>()];
        string[] questions =
        [
            .. Things.Select(thing => $"What colour is the {thing}?"),
            .. Enumerable.Range(1, 12).Select(first => $"Count from {first} to {first + 4}."),
            .. Things.Select(thing => $"Is {thing} a colour?"),
        ];
        var prompts = questions.Select(question => encoder.Encode([new ChatMessage("user", question)], addGenerationPrompt: true)).ToArray();
        var plain = new MdlmSamplerOptions
        {
            Steps = NewTokens,
            BlockSize = NewTokens,
            SuppressTokens = [mask],
            EndTokenIds = ends,
        };
        var ways = new (string Name, MdlmSamplerOptions Options)[]
        {
            ("a token a step", plain),
            ("16 steps", plain with { Steps = 16 }),
            ("8 steps", plain with { Steps = 8 }),
            ("4 steps", plain with { Steps = 4 }),
            ("blocks of 8", plain with { BlockSize = 8 }),
            ("blocks of 8, early stop", plain with { BlockSize = 8, EosEarlyStop = true }),
            ("entropy bound 0.01", plain with { EntropyBound = 0.01 }),
            ("entropy bound 0.1", plain with { EntropyBound = 0.1 }),
            ("entropy bound 0.5", plain with { EntropyBound = 0.5 }),
            ("entropy bound 0.1, blocks of 8", plain with { BlockSize = 8, EntropyBound = 0.1 }),
            ("entropy bound 0.1, blocks of 8, early stop", plain with { BlockSize = 8, EntropyBound = 0.1, EosEarlyStop = true }),
            ("entropy bound 0.1, blocks of 8, next at 0.75", plain with { BlockSize = 8, EntropyBound = 0.1, BlockAddThreshold = 0.75 }),
            ("entropy bound 0.1, blocks of 8, next at 0.5, early stop", plain with { BlockSize = 8, EntropyBound = 0.1, BlockAddThreshold = 0.5, EosEarlyStop = true }),
            ("16 steps, remask 0.1", plain with { Steps = 16, RemaskShare = 0.1 }),
            ("8 steps, remask 0.1", plain with { Steps = 8, RemaskShare = 0.1 }),
            ("8 steps, remask 0.3", plain with { Steps = 8, RemaskShare = 0.3 }),
            ("4 steps, remask 0.3", plain with { Steps = 4, RemaskShare = 0.3 }),
        };
        int[][] reference = [];
        foreach (var (name, options) in ways)
        {
            var sampler = new MdlmSampler(model.Denoiser, options);
            var forwards = 0;
            var answers = prompts.Select(prompt =>
            {
                var canvas = Canvas.ForCompletion([prompt], NewTokens, mask, padding);
                forwards += sampler.Sample(canvas).Count();
                return Cut(canvas.Written(0), ends);
            }).ToArray();
            if (reference.Length == 0) reference = answers;
            int same = answers.Zip(reference).Count(pair => pair.First.SequenceEqual(pair.Second));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {forwards} forwards for {answers.Length} answers, {NewTokens * answers.Length / (double)forwards:0.0} tokens a forward, "
                + $"{same} of {answers.Length} answers the same"));
        }
    }

    private static int[] Cut(int[] written, IReadOnlyList<int> ends) => [.. written.TakeWhile(token => !ends.Contains(token))];
}
