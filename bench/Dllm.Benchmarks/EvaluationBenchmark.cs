using System.Globalization;
using System.Text.Json.Nodes;
using Dllm.Data;
using Dllm.Evaluation;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// Evaluation against the literal order of work (one request at a time, every copy read, logits of all tokens, answers written to the
/// end; in eager TorchSharp, as the original), in turn on one machine, with the same weights and seeds: requests a second, and whether the
/// answers are the same.
/// </summary>
public static class EvaluationBenchmark
{
    private const int Copies = 16;
    private const int ModernBertVocabulary = 50_368;

    private const string Bert =
        """{"model_type": "modernbert", "num_hidden_layers": 4, "hidden_size": 512, "intermediate_size": 768, "num_attention_heads": 8}""";

    private const string Decoder = """
        {"model_type": "qwen3", "hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 6, "num_attention_heads": 8,
         "num_key_value_heads": 4, "head_dim": 64, "rms_norm_eps": 1e-6, "rope_theta": 1000000, "tie_word_embeddings": true,
         "hidden_act": "silu", "max_position_embeddings": 4096, "attention_bias": false}
        """;

    private static readonly string[] Things = ["sky", "grass", "snow", "lemon", "coal", "milk"];
    private static readonly string[] Letters = [" A", " B", " C", " D"];
    private static readonly string[] Sentences = [" is green and grows in the garden", " is blue", " can be eaten by a frog", " is far away from here"];

    /// <summary>Prints a line a kind of work.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="folder">A chat checkpoint: its tokenizer serves all models.</param>
    /// <param name="repeats">Timed runs of each; medians count.</param>
    public static void Run(TextWriter output, string folder, int repeats = 2)
    {
        using var chat = PretrainedModel.Load(folder);
        var tokenizer = chat.Tokenizer!;
        output.WriteLine($"{get_num_threads()} threads, {Copies} noisy copies, medians of {repeats}");
        var letters = Questions(Letters);
        var sentences = Questions(Sentences);
        var options = new LikelihoodOptions { McNum = Copies, McBatchSize = 8, Seed = 1 };
        foreach (var (vocabulary, questions) in ((int, int)[])[(tokenizer.VocabularySize, Things.Length), (ModernBertVocabulary, 2)])
        {
            using var bert = Build(Bert, vocabulary, packs: true);
            using var literalBert = Build(Bert, vocabulary, packs: false);
            var masked = DiffusionLikelihoods.Masked(bert, tokenizer, options, Math.Min(bert.MaxPositions, 4096));
            foreach (var (name, all) in ((string, EvalRequest[])[])[("letters", letters), ("sentences", sentences)])
            {
                Compare(
                    output, $"masked diffusion, vocabulary of {vocabulary}, {name}", [.. all.Where(request => request.Document < questions)], repeats,
                    requests => Values(masked, requests), requests => LiteralMasked(literalBert, tokenizer, options, requests));
            }
        }

        using var decoder = Build(Decoder, tokenizer.VocabularySize, packs: true);
        using var literalDecoder = Build(Decoder, tokenizer.VocabularySize, packs: false);
        var exact = new AutoregressiveLikelihoods(decoder, tokenizer, options);
        Compare(output, "autoregressive, letters", letters, repeats, r => Values(exact, r), r => LiteralExact(literalDecoder, tokenizer, r));
        Compare(output, "autoregressive, sentences", sentences, repeats, r => Values(exact, r), r => LiteralExact(literalDecoder, tokenizer, r));
        Generation(output, chat, repeats);
    }

    private static void Compare(
        TextWriter output, string name, EvalRequest[] requests, int repeats, Func<EvalRequest[], double[]> ours, Func<EvalRequest[], double[]> literal)
    {
        var (a, b) = (new Timings(), new Timings());
        double difference = 0;
        for (int i = 0; i <= repeats; i++)
        {
            double[] fast = a.Time(() => ours(requests)), slow = b.Time(() => literal(requests));
            difference = fast.Zip(slow, (x, y) => Math.Abs(x - y) / Math.Max(1, Math.Abs(y))).Max();
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {requests.Length} requests, ours {requests.Length / a.Seconds:0.0} a second, literal {requests.Length / b.Seconds:0.0}, "
            + $"{b.Seconds / a.Seconds:0.0} times; largest relative difference {difference:0.0e+00}"));
    }

    private static void Generation(TextWriter output, PretrainedModel chat, int repeats)
    {
        const int NewTokens = 32, BlockSize = 8;
        var tokenizer = chat.Tokenizer!;
        var encoder = new ConversationEncoder(tokenizer);
        int mask = tokenizer.SpecialTokens.MaskId!.Value, padding = tokenizer.SpecialTokens.PadId!.Value;
        var settings = new GenerationSettings { Until = ["."], Raw = new JsonObject { ["until"] = new JsonArray(".") } };
        EvalRequest[] requests = [.. Things.SelectMany(thing => new[] { $"What colour is the {thing}?", $"Is {thing} a colour?" }).Select((text, i) =>
            new EvalRequest("t", i, 0, RequestKind.GenerateUntil, encoder.Render([new ChatMessage("user", text)], addGenerationPrompt: true), "", settings))];
        var options = new MdlmSamplerOptions { Steps = NewTokens, MaxNewTokens = NewTokens, BlockSize = BlockSize, SuppressTokens = [mask] };
        var sampling = new AnswerSampling
        {
            Sampler = _ => new MdlmSampler(chat.Denoiser, options),
            Complete = (prompts, _) => Canvas.ForCompletion(prompts, NewTokens, mask, padding),
            Encoding = PromptEncoding.MarkedUp,
        };
        var (a, b) = (new Timings(), new Timings());
        string[] fast = [], slow = [];
        for (int i = 0; i <= repeats; i++)
        {
            fast = a.Time(() => Texts(new SampledAnswers(tokenizer, sampling), requests));
            slow = b.Time(() => requests.Select(request => Texts(new SampledAnswers(tokenizer, sampling with { BatchSize = 1, CommitsAreFinal = false }), [request])[0]).ToArray());
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"answers in text (the chat checkpoint, {NewTokens} tokens in blocks of {BlockSize}): ours {requests.Length * NewTokens / a.Seconds:0} tokens of canvas a second, "
            + $"literal {requests.Length * NewTokens / b.Seconds:0}, {b.Seconds / a.Seconds:0.0} times; {fast.Zip(slow).Count(pair => pair.First == pair.Second)} of {requests.Length} answers the same"));
    }

    private static string[] Texts(SampledAnswers answers, EvalRequest[] requests) =>
        [.. answers.Generate(requests).OrderBy(answer => answer.Request).Select(answer => answer.Answer.Text)];

    private static double[] Values(ILikelihoodModel model, EvalRequest[] requests) =>
        [.. model.LogLikelihoods(requests).OrderBy(answer => answer.Request).Select(answer => answer.Answer.LogLikelihood)];

    // As the original: every copy of one request, logits of every token, then those at the masks.
    private static double[] LiteralMasked(Denoiser model, Tokenizer tokenizer, LikelihoodOptions options, EvalRequest[] requests) => [.. requests.Select(request =>
    {
        using var noGradients = no_grad();
        int mask = tokenizer.SpecialTokens.MaskId!.Value;
        var pair = EncodedPair.Encode(tokenizer, request.Context, request.Continuation);
        using var generator = new Generator((ulong)RequestSeed.Of(options.Seed, request, pair.Continuation), CPU);
        double sum = 0;
        for (int batch = 0; batch < options.McNum / options.McBatchSize; batch++)
        {
            using var scope = NewDisposeScope();
            var noise = LikelihoodNoise.Stratified(options.McBatchSize, pair.Context.Length, pair.Continuation.Length, generator);
            long[] ids = [.. pair.Context.Concat(pair.Continuation).Select(id => (long)id)];
            var clean = tensor(ids).expand(noise.IsMasked.shape); // [B, T]
            var logits = model.Forward(new DenoiserInput(clean.masked_fill(noise.IsMasked, mask))); // [B, T, V]
            var losses = nn.functional.cross_entropy(logits[noise.IsMasked], clean[noise.IsMasked], reduction: nn.Reduction.None);
            var weights = noise.Probability.unsqueeze(1).expand(noise.IsMasked.shape)[noise.IsMasked];
            sum += (losses / weights).sum().ToDouble() / options.McBatchSize;
        }

        return -sum / (options.McNum / options.McBatchSize);
    })];

    private static double[] LiteralExact(Denoiser model, Tokenizer tokenizer, EvalRequest[] requests) => [.. requests.Select(request =>
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var pair = EncodedPair.Encode(tokenizer, request.Context, request.Continuation);
        long[] ids = [.. pair.Context.Concat(pair.Continuation).Select(id => (long)id)];
        var logits = model.Forward(new DenoiserInput(tensor(ids).unsqueeze(0)))[0].log_softmax(-1); // [T, V]
        return Enumerable.Range(pair.Context.Length, pair.Continuation.Length).Sum(place => logits[place - 1, ids[place]].ToDouble());
    })];

    private static EvalRequest[] Questions(string[] choices)
    {
        string examples = string.Join('\n', Things.Select(thing => $"What colour is the {thing}? The {thing} is green or blue. A. yes B. no C. red D. five Answer: B"));
        return [.. Things.SelectMany((thing, i) => choices.Select((choice, j) => new EvalRequest(
            "t", i, j, RequestKind.LogLikelihood, $"{examples}\nWhat is the {thing}? A. green B. blue C. a frog D. far away Answer:", choice, null) { AsksGreedy = false }))];
    }

    private static Denoiser Build(string config, int vocabulary, bool packs)
    {
        var json = JsonNode.Parse(config)!.AsObject();
        json["vocab_size"] = vocabulary;
        string path = Path.Combine(Path.GetTempPath(), $"dllm-bench-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, json.ToJsonString());
        using var generator = new Generator(1, CPU);
        try
        {
            var model = PretrainedModel.FromConfig(path, generator).Denoiser;
            model.eval();
            model.Products = packs ? ProductKind.Packed : ProductKind.Plain;
            return model;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
