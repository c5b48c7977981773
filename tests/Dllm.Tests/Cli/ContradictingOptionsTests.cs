using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using Dllm.Cli;

namespace Dllm.Tests.Cli;

/// <summary>Options out of range, in each other's way, or without effect: one error or warning that names them.</summary>
public sealed class ContradictingOptionsTests(SamplerCheckpoints made) : IClassFixture<SamplerCheckpoints>
{
    [Theory]
    [InlineData("mdlm", "--steps 0", "--steps is '0'", "1 to 1000000")]
    [InlineData("dream", "--top-p 0", "--top-p is '0'", "above 0, at most 1")]
    [InlineData("rnd1", "--top-k 0", "--top-k is '0'", "1 or more")]
    [InlineData("edit-flow", "--tau 0", "--tau is '0'", "1E-06 to 1")]
    [InlineData("edit-flow", "--time-epsilon 1", "--time-epsilon is '1'", "0 or more, below 1")]
    [InlineData("dream", "--eps 1", "--eps is '1'", "above 0, below 1")]
    [InlineData("mdlm", "--remask 1", "--remask is '1'", "below 1")]
    [InlineData("fast-dllm", "--factor 0", "--factor is '0'", "above 0")]
    [InlineData("llada2", "--threshold 1.5", "--threshold is '1.5'", "0 to 1")]
    [InlineData("mdlm", "--threshold 0.9", "--threshold does nothing with the sampler mdlm", "dream, fast-dllm, llada2, llada21")]
    [InlineData("edit-flow", "--max-new-tokens 6", "--max-new-tokens does nothing with the sampler edit-flow")]
    [InlineData("ar", "--block-size 6", "--block-size does nothing with the sampler ar")]
    [InlineData("ar", "--reference-rng", "--reference-rng does nothing with the sampler ar")]
    [InlineData("llada2", "--max-length 20", "--max-length does nothing with the sampler llada2")]
    [InlineData("rnd1", "--use-cache dual", "--use-cache does nothing with the sampler rnd1")]
    [InlineData("mdlm", "--max-new-tokens 4 --block-size 5", "block-size is 5", "at most 4")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --block-size 5", "block-size is 5", "at most 4")]
    [InlineData("dream", "--max-new-tokens 4 --block-size 5 --use-cache dual", "block-size is 5", "at most 4")]
    [InlineData("bd3lm", "--max-new-tokens 4 --block-size 100", "reads at most 64", "a smaller --max-new-tokens")]
    [InlineData("llada2", "--max-new-tokens 4 --block-size 100", "reads at most 64", "a smaller --max-new-tokens")]
    [InlineData("llada21", "--max-new-tokens 4 --block-size 100", "reads at most 64", "a smaller --max-new-tokens")]
    [InlineData("edit-flow", "--mask-length 100", "reads at most 64")]
    [InlineData("rnd1", "--max-new-tokens 100", "reads at most 64")]
    [InlineData("mdlm", "--max-length 2", "leaves no room", "max-length of 2")]
    [InlineData("mdlm", "--block-add-threshold 0.5", "--block-add-threshold needs", "give --entropy-bound, --threshold or --factor")]
    [InlineData("mdlm", "--remask 0.5 --remasking random", "confidence")]
    [InlineData("dream", "--remask 0.5", "confidence")]
    [InlineData("mdlm", "--remasking random --entropy-bound 0.1", "random remasking", "leave out one of the two")]
    [InlineData("fast-dllm", "--threshold 0.5 --entropy-bound 0.1", "entropy bound and a threshold", "leave out all but one")]
    [InlineData("dream", "--alg confidence_threshold", "the confidence threshold is missing")]
    [InlineData("dream", "--use-cache prefix --cfg-scale 1", "guidance", "cache", "leave one out")]
    [InlineData("dream", "--use-cache refresh", "no cache that is computed anew", "none, prefix or dual")]
    [InlineData("llada2", "--max-new-tokens 6 --minimal-topk 7", "--minimal-topk is 7", "at most 6")]
    [InlineData("dream", "--alg entropi", "--alg is 'entropi'", "did you mean entropy?")]
    [InlineData("mdlm", "--suppress-tokens 1000", "suppressed token 1000", "0 to 31")]
    [InlineData("mdlm", "--cfg-scale 1 --cfg-keep-tokens 1000", "keep token 1000", "0 to 31")]
    public void A_contradiction_is_a_mistake(string sampler, string options, params string[] told) =>
        Sample(sampler, options).ShouldBeMistake(told);

    [Theory]
    [InlineData("mdlm", "--max-new-tokens 4 --max-length 30", "--max-length has no effect beside --max-new-tokens")]
    [InlineData("mdlm", "--max-new-tokens 4 --entropy-bound 0.1 --steps 2", "--steps has no effect with an entropy bound")]
    [InlineData("mdlm", "--max-new-tokens 4 --cfg-keep-tokens 3", "--cfg-keep-tokens has no effect without --cfg-scale")]
    [InlineData("mdlm", "--max-new-tokens 4 --begin-suppress-tokens 3 --remasking random", "--begin-suppress-tokens has no effect with random remasking")]
    [InlineData("mdlm", "--max-new-tokens 4 --seed 3", "--seed has no effect where nothing is drawn")]
    [InlineData("bd3lm", "--max-new-tokens 4 --steps 3 --steps-per-block 3", "--steps has no effect beside --steps-per-block")]
    [InlineData("bd3lm", "--max-new-tokens 4 --entropy-bound 1 --steps-per-block 3", "--steps-per-block has no effect")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --threshold 0.5 --steps 2", "--steps has no effect")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --threshold 0.5 --factor 1", "--threshold has no effect beside the factor")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --threshold 0.5 --stochastic-transfer", "--stochastic-transfer has no effect")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --prompt-interval 5", "--prompt-interval has no effect but with the cache refresh")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --threshold 0.5 --remasking random", "--threshold has no effect", "drawn")]
    [InlineData("fast-dllm", "--max-new-tokens 4 --use-cache refresh --prompt-interval 1 --response-interval 3", "--response-interval has no effect")]
    [InlineData("dream", "--max-new-tokens 4 --threshold 0.5", "--threshold has no effect", "confidence_threshold")]
    [InlineData("dream", "--max-new-tokens 4 --alg-temp 1", "--alg-temp has no effect")]
    [InlineData("dream", "--max-new-tokens 4 --block-size 2", "--block-size has no effect without a cache")]
    [InlineData("dream", "--max-new-tokens 4 --alg entropy --eps 0.5", "--eps has no effect")]
    [InlineData("llada2", "--max-new-tokens 4 --top-k 5", "--top-k has no effect at temperature 0")]
    [InlineData("llada21", "--max-new-tokens 4 --editing-threshold 1 --max-post-steps 3", "--max-post-steps has no effect")]
    [InlineData("rnd1", "--max-new-tokens 4 --seed 3", "--seed has no effect where nothing is drawn")]
    [InlineData("rnd1", "--max-new-tokens 4 --greedy false --temperature 0", "--greedy has no effect at temperature 0")]
    [InlineData("ar", "--max-new-tokens 4 --top-p 0.5", "--top-p has no effect at temperature 0")]
    [InlineData("edit-flow", "--mask-length 4 --reference-rng", "--reference-rng has no effect")]
    [InlineData("mdlm", "--max-new-tokens 4 --system whisper", "--system has no effect")]
    public void An_option_without_effect_warns_and_no_more(string sampler, string options, params string[] told)
    {
        var run = Sample(sampler, options);
        Assert.Equal(0, run.ExitCode);
        string line = Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.StartsWith("warning: ", line, StringComparison.Ordinal);
        Assert.All(told, word => Assert.Contains(word, line, StringComparison.Ordinal));
    }

    [Fact]
    public void Rnd1_draws_nothing_at_temperature_0()
    {
        var run = Sample("rnd1", "--max-new-tokens 8 --greedy false --temperature 0 --seed 1");
        Assert.Contains("warning: --seed has no effect where nothing is drawn at random\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("warning: --greedy has no effect at temperature 0", run.Error, StringComparison.Ordinal);
        Assert.Equal(Sample("rnd1", "--max-new-tokens 8 --temperature 0").Output, run.Output);
    }

    [Theory]
    [InlineData("llada2", "--max-new-tokens 4 --block-size 4 --block-add-threshold 0.5")] // which mdlm refuses without an entropy bound
    [InlineData("dream", "--max-new-tokens 4 --eps 0.5")]
    [InlineData("rnd1", "--max-new-tokens 4 --top-k 3")]
    public void Options_of_the_model_s_own_sampler_need_no_name_of_it(string sampler, string options)
    {
        var run = CliRun.Of(["sample", "anna is", "--raw", "--model", made.For(sampler), .. options.Split(' ')]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("--max-new-tokens 4 --remask 0.5 --remasking random", "confidence")]
    [InlineData("--temperature 0.5 --top-p 0", "--top-p is '0'")]
    public void What_no_model_s_own_sampler_takes_is_told_before_one_is_loaded(string options, params string[] told) =>
        CliRun.Of(["sample", "anna is", "--model", "/no/such/model", .. options.Split(' ')]).ShouldBeMistake(told);

    [Theory]
    [InlineData("mdlm", "--max-new-tokens 4", "--max-new-tokens has no effect: what is to be filled are the mask tokens")]
    [InlineData("dream", "--max-length 9", "--max-length has no effect")]
    [InlineData("edit-flow", "--mask-length 3", "--mask-length has no effect")]
    [InlineData("llada2", "--max-new-tokens 3", "--max-new-tokens has no effect")]
    public void What_infilling_does_not_read_warns(string sampler, string options, string told)
    {
        var run = CliRun.Of(["infill", $"anna {SamplerCheckpoints.Mask(sampler)}", "--model", made.For(sampler), .. options.Split(' ')]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(told, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mdlm", "--max-new-tokens 4", false)] // begins with nothing
    [InlineData("mdlm", "--max-new-tokens 4 --right-shift-logits", true)]
    [InlineData("dream", "--max-new-tokens 4", true)]
    [InlineData("ar", "--max-new-tokens 4", true)]
    [InlineData("rnd1", "--max-new-tokens 4", false)]
    [InlineData("edit-flow", "--mask-length 4", false)] // was trained so
    public void An_empty_prompt_is_begun_by_another_token_where_none_is_named_and_that_is_told(string sampler, string options, bool isTold)
    {
        string model = Without("no-begin-" + sampler, sampler, "bos_token", "cls_token");
        var run = CliRun.Of(["sample", "", "--raw", "--model", model, .. options.Split(' ')]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(isTold, run.Error.StartsWith("warning: a prompt is empty, and the tokenizer", StringComparison.Ordinal));
        Assert.Equal(isTold, run.Error.Contains(": [PAD] stands in for it", StringComparison.Ordinal));
        Assert.Equal("", CliRun.Of(["sample", "anna", "--raw", "--model", model, .. options.Split(' ')]).Error);
    }

    [Fact]
    public void A_tokenizer_without_end_and_padding_is_a_mistake() => CliRun
        .Of("sample", "", "--raw", "--model", Without("endless", "mdlm", "bos_token", "eos_token", "pad_token"))
        .ShouldBeMistake("neither an end-of-sequence nor a padding token", "eos_token");

    [Theory]
    [InlineData("sample", "anna")]
    [InlineData("infill", "anna [MASK]")]
    [InlineData("chat")]
    public void A_vocabulary_without_mask_token_is_a_mistake(params string[] command)
    {
        string model = Without("maskless", "mdlm", "mask_token");
        string file = Path.Combine(model, "tokenizer.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("[MASK]", "[GAP]", StringComparison.Ordinal));
        CliRun.WithInput("anna\n", [.. command, "--model", model]).ShouldBeMistake("has no mask token", "masked diffusion model");
    }

    [Theory]
    [InlineData("")]
    [InlineData("anna is red")]
    public void A_text_without_masks_is_a_mistake(string text)
    {
        foreach (string sampler in SamplerCheckpoints.Samplers.Except(["ar"]))
        {
            CliRun.Of("infill", text, "--model", made.For(sampler), "--sampler", sampler)
                .ShouldBeMistake($"'{text}' has no mask token", SamplerCheckpoints.Mask(sampler));
        }
    }

    [Fact]
    public void Words_to_choose_from_may_be_spelled_with_hyphens_or_underscores()
    {
        foreach (var option in DllmCommandLine.Verbs().SelectMany(verb => verb.Options).OfType<Option<string>>())
        {
            foreach (string word in option.GetCompletions(CompletionContext.Empty).Select(item => item.Label))
            {
                foreach (string spelled in (string[])[word, word.Replace('_', '-'), word.Replace('-', '_')])
                {
                    var parsed = new Command("test") { option }.Parse([$"{option.Name}={spelled}"]);
                    Assert.Equal(word, parsed.Errors.Count == 0 ? parsed.GetValue(option) : $"{option.Name} {spelled}");
                }
            }
        }
    }

    private string Without(string name, string sampler, params string[] tokens)
    {
        string folder = made.Files.At(name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(made.For(sampler)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        foreach (string path in (string[])[Path.Combine(folder, "tokenizer_config.json"), Path.Combine(folder, "special_tokens_map.json")])
        {
            var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            foreach (string token in tokens) config.Remove(token);
            File.WriteAllText(path, config.ToJsonString());
        }

        return folder;
    }

    private CliRun Sample(string sampler, string options) =>
        CliRun.Of(["sample", "anna is", "--raw", "--model", made.For(sampler), "--sampler", sampler, .. options.Split(' ')]);
}
