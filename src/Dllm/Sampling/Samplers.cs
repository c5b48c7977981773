using Dllm.Models;

namespace Dllm.Sampling;

/// <summary>
/// The table of the samplers. A new sampler is its options, the sampler itself, and a row: here, or from outside with <see cref="Add"/>.
/// </summary>
public static class Samplers
{
    private static readonly Lock Changing = new();

    /// <summary>Every sampler, in the order that messages list them.</summary>
    public static IReadOnlyList<SamplerDefinition> All { get; private set; } =
    [
        SamplerDefinition.Of(
            "mdlm", "Masked diffusion (MDLM, LLaDA): block by block, each step commits the proposals that the model is surest of.",
            new MdlmSamplerOptions(), (model, options) => new MdlmSampler(model, options)),
        SamplerDefinition.Of(
            "bd3lm", "Block diffusion (BD3LM): blocks see those before them, whose keys and values are kept.",
            new Bd3lmOptions(), (model, options) => new Bd3lmSampler(model, options)) with
        {
            Layout = options => ((Bd3lmOptions)options).Layout,
            PadsWithPadToken = true,
            Likelihood = LikelihoodKind.BlockDiffusion,
        },
        SamplerDefinition.Of(
            "dream", "Dream: logits are read one place to the left, and one of its rules orders the proposals.",
            new DreamOptions(), (model, options) => new DreamSampler(model, options)) with
        {
            Layout = _ => CanvasLayout.Right,
            StartsEmptyRows = _ => true,
            Likelihood = LikelihoodKind.Dream,
        },
        SamplerDefinition.Of(
            "fast-dllm", "Fast-dLLM: approximate caches, and steps that commit every proposal above a threshold.",
            new FastDllmOptions(), (model, options) => new FastDllmSampler(model, options)) with
        {
            Layout = options => ((FastDllmOptions)options).Layout,
        },
        SamplerDefinition.Of(
            "llada2", "LLaDA2: block-causal, a step commits all proposals above a threshold, or a share of the block.",
            new Llada2Options(), (model, options) => new Llada2Sampler(model, options)) with
        {
            Layout = options => ((Llada2Options)options).Layout,
            StartsEmptyRows = _ => false,
            PadsWithPadToken = true,
            Likelihood = LikelihoodKind.BlockCausal,
        },
        SamplerDefinition.Of(
            "llada21", "LLaDA2.1: as LLaDA2, and tokens of the current block are replaced where the model has become sure of others.",
            new Llada21Options(), (model, options) => new Llada21Sampler(model, options)) with
        {
            Layout = options => ((Llada21Options)options).Layout,
            StartsEmptyRows = _ => false,
            PadsWithPadToken = true,
            RevisesTokens = _ => true,
            Likelihood = LikelihoodKind.BlockCausal,
        },
        SamplerDefinition.Of(
            "edit-flow", "Edit Flows: a text is made by insertions, deletions and substitutions.",
            new EditFlowOptions(), (model, options) => new EditFlowSampler((IEditDenoiser)model, options, model.MaxPositions, model.Device)) with
        {
            StartsEmptyRows = _ => false,
            RevisesTokens = _ => true,
            IsEditing = true,
            MakeCompletion = (prompts, options, tokens) => Canvas.ForEditing(
                prompts, ((EditFlowOptions)options).MaskLength, tokens.Begin, tokens.MaskId, tokens.Padding(prefersPad: false)),
            PrepareInfilling = (row, tokens) => row.Count > 0 && row[0] == tokens.Begin ? row : [tokens.Begin, .. row],
        },
        SamplerDefinition.Of(
            "ar", "Autoregressive: token by token, from left to right.",
            new AutoregressiveOptions(), (model, options) => new AutoregressiveSampler(model, options)) with
        {
            Layout = _ => CanvasLayout.Right,
            StartsEmptyRows = _ => true,
            PadsWithPadToken = true,
            IsAutoregressive = true,
            Infills = false,
            Likelihood = LikelihoodKind.Autoregressive,
        },
        SamplerDefinition.Of(
            "rnd1", "RND1: all places at once, those with the narrowest distributions first.",
            new Rnd1Options(), (model, options) => new Rnd1Sampler(model, options)) with
        {
            StartsEmptyRows = _ => false,
            ReadsShiftedLogits = _ => true,
            PadsWithPadToken = true,
            MakeCompletion = (prompts, options, tokens) => Rnd1Canvas.ForCompletion(
                prompts, options.NewTokens(prompts.Max(prompt => prompt.Count)), tokens.MaskId, tokens.Padding(prefersPad: true), tokens.Special.EosId),
        },
    ];

    /// <summary>Every option that some sampler has, each once, in the order in which they are first listed.</summary>
    public static IReadOnlyList<SamplerOption> Options => [.. All.SelectMany(sampler => sampler.Defaults.Supported).Distinct()];

    /// <summary>Adds a sampler; it is then found by its name, and has its place on the command line, in evaluation and in the documentation.</summary>
    /// <exception cref="DllmException">There is one of this name.</exception>
    public static void Add(SamplerDefinition sampler)
    {
        lock (Changing)
        {
            if (Find(sampler.Name) is not null) throw new DllmException($"there is a sampler {sampler.Name} already", "give it another name");
            All = [.. All, sampler];
        }
    }

    /// <summary>The sampler of a name, or null.</summary>
    public static SamplerDefinition? Find(string name) => All.FirstOrDefault(sampler => sampler.Name == name);

    /// <summary>The sampler of a name.</summary>
    /// <exception cref="DllmException">There is none.</exception>
    public static SamplerDefinition For(string name) => Find(name) ?? throw new DllmException(
        $"there is no sampler '{name}'",
        (NearestName.Of(name, All.Select(sampler => sampler.Name)) is { } near ? $"is '{near}' meant? " : "")
        + $"use one of: {string.Join(", ", All.Select(sampler => sampler.Name))}");

    /// <summary>The sampler that a model is made for.</summary>
    public static SamplerDefinition Of(PretrainedModel model) => For(model.Family.Samplers[0]);

    /// <summary>Checks that a sampler suits a model.</summary>
    /// <exception cref="DllmException">It does not.</exception>
    public static void Require(SamplerDefinition sampler, PretrainedModel model)
    {
        var family = model.Family;
        if (family.IsAutoregressive != sampler.IsAutoregressive)
        {
            throw family.IsAutoregressive
                ? new DllmException(
                    $"the sampler {sampler.Name} does not read {family.ModelType}, which writes from left to right",
                    $"use the sampler {family.Samplers[0]}, or make a diffusion model of it: dllm convert a2d")
                : new DllmException(
                    $"the sampler {sampler.Name} does not read {family.ModelType}, a diffusion model", "name no sampler to take the model's own");
        }

        if (model.Denoiser is IEditDenoiser == sampler.IsEditing) return;
        throw model.Denoiser is IEditDenoiser
            ? new DllmException(
                $"the sampler {sampler.Name} does not read a model with Edit-Flow heads", $"use the sampler {family.Samplers[0]}")
            : new DllmException(
                $"the sampler {sampler.Name} needs a model with Edit-Flow heads",
                "name no sampler to take the model's own, or make an Edit-Flow model of it: dllm convert editflow");
    }

    /// <summary>What to tell where a sampler reads logits in another place than a family predicts in; null where it does not.</summary>
    public static string? FindMisreading(SamplerDefinition sampler, ModelFamily family)
    {
        bool isShifted = sampler.ReadsShiftedLogits(sampler.Defaults);
        if (isShifted == family.Samplers.Select(For).Any(own => own.ReadsShiftedLogits(own.Defaults))) return null;
        string made = $"samplers made for it: {string.Join(", ", family.Samplers)}";
        return isShifted
            ? $"the sampler {sampler.Name} reads logits one place to the left, where {family.ModelType} does not predict; {made}"
            : $"the sampler {sampler.Name} does not read logits one place to the left, where {family.ModelType} predicts; "
                + (sampler.Has(SamplingOption.RightShiftLogits) ? $"set {SamplingOption.RightShiftLogits.Name}" : made);
    }
}
