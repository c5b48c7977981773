using Dllm.Data;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Cli;

/// <summary>A checkpoint with all that sampling needs of its tokenizer.</summary>
internal sealed class OpenedModel : IDisposable
{
    private readonly PretrainedModel _model;
    private readonly string? _template;
    private ConversationEncoder? _encoder;

    /// <summary>Checks that the checkpoint can be sampled from; disposes it where it cannot.</summary>
    /// <param name="directory">Where it came from, for messages.</param>
    /// <param name="model">The checkpoint; owned from now on.</param>
    /// <param name="template">A chat template's text; null takes the tokenizer's own.</param>
    /// <exception cref="DllmException">It has no tokenizer or no mask token.</exception>
    public OpenedModel(string directory, PretrainedModel model, string? template = null)
    {
        (Directory, _model, _template) = (directory, model, template);
        if (model.Tokenizer is { SpecialTokens.MaskId: { } mask } tokenizer)
        {
            (Tokenizer, MaskId) = (tokenizer, mask);
            return;
        }

        model.Dispose();
        throw model.Tokenizer is null
            ? new DllmException($"{directory} has no tokenizer.json", "copy the tokenizer's files into the checkpoint's folder")
            : new DllmException($"the tokenizer of {directory} has no mask token", "use a checkpoint of a masked diffusion model");
    }

    /// <summary>Where it came from.</summary>
    public string Directory { get; }

    /// <summary>The checkpoint.</summary>
    public PretrainedModel Model => _model;

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The id that denoising fills.</summary>
    public int MaskId { get; }

    /// <summary>Whether conversations can be rendered.</summary>
    public bool HasChatTemplate => _template is not null || Tokenizer.ChatTemplateSource is not null;

    /// <summary>Renders conversations as the model was trained on them.</summary>
    /// <exception cref="DllmException">There is no template, or it is malformed.</exception>
    public ConversationEncoder Encoder => _encoder ??= CreateEncoder(Tokenizer, _model.Config.ModelType, _template);

    /// <summary>Joins a tokenizer and its model type's template settings.</summary>
    public static ConversationEncoder CreateEncoder(Tokenizer tokenizer, string modelType, string? template)
    {
        var variables = TokenizerSetup.For(modelType).DisablesThinking
            ? new Dictionary<string, object?> { ["enable_thinking"] = false }
            : null;
        return new ConversationEncoder(tokenizer, template is null ? null : ChatTemplate.Parse(template), variables);
    }

    /// <summary>A canvas of prompts and masks behind them.</summary>
    public Canvas Complete(IReadOnlyList<IReadOnlyList<int>> prompts, MdlmSamplerOptions options) => Canvas.ForCompletion(
        prompts, options.NewTokens(prompts.Max(prompt => prompt.Count)), MaskId, PaddingId, EmptyRowId(options));

    /// <summary>A canvas of texts with masks in them.</summary>
    public Canvas Infill(IReadOnlyList<IReadOnlyList<int>> rows, MdlmSamplerOptions options) =>
        Canvas.ForInfilling(rows, MaskId, PaddingId, EmptyRowId(options));

    /// <summary>Whether a token ends what was written.</summary>
    public bool IsEnd(int id) => id == Tokenizer.SpecialTokens.EosId || id == Tokenizer.SpecialTokens.EndOfTurnId;

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    // As the original: behind shorter rows stands the end token.
    private int PaddingId => Tokenizer.SpecialTokens.EosId ?? Tokenizer.SpecialTokens.PadId ?? MaskId;

    private int? EmptyRowId(MdlmSamplerOptions options) => options.RightShiftLogits ? Tokenizer.SpecialTokens.BosId : null;
}
