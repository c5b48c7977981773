using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>A sampler with its options, as the verbs use it, whichever it is.</summary>
internal sealed record ChosenSampler
{
    /// <summary>Its name, as the user writes it.</summary>
    public string Name { get; init; } = "";

    /// <summary>The options that it has, by name, with the values in force.</summary>
    public IReadOnlyList<(string Name, string Value)> InForce { get; init; } = [];

    /// <summary>Makes the sampler of a model.</summary>
    public required Func<Denoiser, ISampler> Make { get; init; }

    /// <summary>Makes a canvas of prompts.</summary>
    public required Func<IReadOnlyList<IReadOnlyList<int>>, OpenedModel, Canvas> Complete { get; init; }

    /// <summary>Makes a canvas of texts with masks; null where the sampler does not fill in.</summary>
    public Func<IReadOnlyList<IReadOnlyList<int>>, OpenedModel, Canvas>? Infill { get; init; }

    /// <summary>Whether an empty prompt begins with the begin-of-sequence token.</summary>
    public bool StartsEmptyRows { get; init; }

    /// <summary>What is odd about it, one sentence each: options that change nothing, or a model that is read otherwise.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Joins a layout and the number of new tokens to the two canvases that most samplers work on.</summary>
    /// <param name="make">Makes the sampler.</param>
    /// <param name="layout">How rows lie.</param>
    /// <param name="newTokens">The tokens to write, from the longest prompt's.</param>
    /// <param name="unused">Options without effect.</param>
    /// <param name="startsEmptyRows">Whether an empty prompt begins with the begin-of-sequence token.</param>
    /// <param name="padsWithPad">Whether padding is the padding token where there is one, not the end token.</param>
    public static ChosenSampler OnMasks(
        Func<Denoiser, ISampler> make, CanvasLayout layout, Func<int, int> newTokens, IReadOnlyList<string> unused,
        bool startsEmptyRows, bool padsWithPad = false) => new()
        {
            Make = make,
            Complete = (prompts, model) =>
            {
                int? begin = startsEmptyRows ? model.BeginId(prompts) : null;
                int longest = prompts.Max(prompt => Math.Max(prompt.Count, begin is null ? 0 : 1)); // as the canvas will have it
                return Canvas.ForCompletion(prompts, newTokens(longest), model.MaskId, model.Padding(padsWithPad), begin, layout);
            },
            Infill = (rows, model) => Canvas.ForInfilling(
                rows, model.MaskId, model.Padding(padsWithPad), startsEmptyRows ? model.BeginId(rows) : null, layout),
            StartsEmptyRows = startsEmptyRows,
            Warnings = unused,
        };
}
