using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>The sampler of Edit Flows, as the user sets it.</summary>
internal static class EditFlowChoice
{
    /// <summary>Reads its options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public static ChosenSampler Read(SamplerSettings settings)
    {
        var given = settings.Options;
        var defaults = new EditFlowOptions();
        var options = new EditFlowOptions
        {
            Tau = settings.Get(given.Tau, defaults.Tau),
            TimeEpsilon = settings.Get(given.TimeEpsilon, defaults.TimeEpsilon),
            MaskLength = settings.Get(given.MaskLength, defaults.MaskLength),
            Temperature = settings.Get(given.Temperature, defaults.Temperature),
            EditPrompt = settings.Get(given.EditPrompt),
            FillRemainingMasks = !settings.Get(given.AsOriginal),
            ReferenceRng = settings.Get(given.ReferenceRng),
            Seed = settings.Seed,
        };
        options.Validate();
        return new ChosenSampler
        {
            Make = model => new EditFlowSampler((IEditDenoiser)model, options, model.MaxPositions, model.Device),
            Complete = (prompts, model) => Canvas.ForEditing(prompts, options.MaskLength, Begin(model), model.MaskId, model.Padding(false)),
            Infill = (rows, model) => Canvas.ForInfilling(
                [.. rows.Select(row => row.Count > 0 && row[0] == Begin(model) ? row : [Begin(model), .. row])],
                model.MaskId,
                model.Padding(false)),
            Warnings = options.FindUnused(),
        };
    }

    private static int Begin(OpenedModel model) => model.Tokenizer.SpecialTokens.BosId ?? throw new DllmException(
        $"the tokenizer of {model.Directory} has no begin-of-sequence token, which Edit Flows put in front of every text",
        "name a bos_token in tokenizer_config.json");
}
