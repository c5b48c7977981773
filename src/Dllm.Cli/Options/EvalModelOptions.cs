using System.Collections;
using System.CommandLine;
using Dllm.Evaluation;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>How a model under evaluation answers, besides its sampler's options.</summary>
internal sealed class EvalModelOptions : IEnumerable<Option>
{
    private static readonly string[] RandomOptions = ["--stochastic-transfer", "--alg-temp"];

    private readonly Option<string?> _batchSize = CliOption.Text(
        "--batch-size", "Rows of a forward: a number, or auto for as many as suit their length [default: auto]", "N|auto");

    private readonly Option<int> _mcNum = CliOption.Integer(
        "--mc-num", "Noisy copies from which a diffusion model's likelihood is estimated", new MonteCarloOptions().Samples, least: 1);

    private readonly Option<int> _mcBatchSize = CliOption.Integer(
        "--mc-batch-size", "Over how many copies the noise is spread evenly; --mc-num is a multiple of it", new MonteCarloOptions().BatchSize, least: 1);

    /// <summary>Puts the model under evaluation together.</summary>
    public EvalModel Open(ParseResult parsed, Terminal terminal, OpenedModel opened, SamplerOptions sampler, long seed, bool promptsAreMarkedUp)
    {
        var chosen = sampler.Read(parsed, null, opened); // its seed is each request's own
        foreach (string unused in chosen.Unused) terminal.Warn(unused);
        var denoiser = opened.Model.Denoiser;
        bool isAutoregressive = opened.Model.Family.IsAutoregressive;
        var sampling = new AnswerSampling
        {
            Sampler = given => sampler.Read(parsed, given, opened).Make(denoiser),
            Complete = (prompts, settings) => isAutoregressive && !sampler.SetsLength(parsed)
                ? Canvas.ForCompletion(
                    prompts, settings.MaxNewTokens ?? AutoregressiveTokens, opened.MaskId, opened.Padding(true), opened.BeginId(prompts), CanvasLayout.Right)
                : chosen.Complete(prompts, opened),
            IsRandom = IsRandom(parsed, sampler, chosen.Name),
            CommitsAreFinal = chosen.Name is not ("llada21" or "edit_flow") && !sampler.Where(option => option.Name == "--remask").Any(parsed.IsGiven),
            BatchSize = BatchSize(parsed),
            MaxPositions = denoiser.MaxPositions,
            Seed = seed,
            PromptsAreMarkedUp = promptsAreMarkedUp,
        };
        return new EvalModel(denoiser, Likelihoods(parsed, opened, seed), new SampledAnswers(opened.Tokenizer, sampling));
    }

    private SequentialLikelihoods Likelihoods(ParseResult parsed, OpenedModel opened, long seed)
    {
        var options = new MonteCarloOptions { Samples = parsed.GetValue(_mcNum), BatchSize = Math.Min(parsed.GetValue(_mcBatchSize), parsed.GetValue(_mcNum)) };
        options.Validate();
        return new SequentialLikelihoods(opened.Model.Denoiser, opened.Tokenizer, opened.MaskId, options, seed);
    }

    /// <summary>The settings for a report, by name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Describe(ParseResult parsed) =>
    [
        new("batch-size", parsed.GetValue(_batchSize) ?? "auto"),
        new("mc-num", parsed.GetValue(_mcNum).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new("mc-batch-size", parsed.GetValue(_mcBatchSize).ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ];

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)[_batchSize, _mcNum, _mcBatchSize]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // What the harness lets an autoregressive model write where a task does not say.
    private const int AutoregressiveTokens = 256;

    private int? BatchSize(ParseResult parsed) => parsed.GetValue(_batchSize) switch
    {
        null or "auto" => null,
        var text when int.TryParse(text, out int rows) && rows >= 1 => rows,
        var text => throw new DllmException($"--batch-size is '{text}'", "give a number of 1 or more, or auto"),
    };

    // Edit Flows, Dream's and RND1's defaults draw; the others only at a temperature.
    private static bool IsRandom(ParseResult parsed, SamplerOptions sampler, string name) =>
        name is "edit_flow" or "dream" or "rnd1" || sampler.Temperature(parsed) > 0
        || sampler.Any(option => RandomOptions.Contains(option.Name) && parsed.IsGiven(option))
        || sampler.Any(option => option.Name == "--remasking" && parsed.GetResult(option) is { Implicit: false } given && given.Tokens[0].Value == "random");
}
