using Dllm.Cli.Display;
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

    /// <summary>The folder that its files lie in.</summary>
    public string Path { get; init; }

    /// <summary>The chat template's text, or null.</summary>
    public string? TemplateSource => _template ?? Tokenizer.ChatTemplateSource;

    /// <summary>Checks that the checkpoint can be sampled from; disposes it where it cannot.</summary>
    /// <param name="directory">Where it came from, for messages.</param>
    /// <param name="model">The checkpoint; owned from now on.</param>
    /// <param name="template">A chat template's text; null takes the tokenizer's own.</param>
    /// <exception cref="DllmException">It has no tokenizer, or, as a diffusion model, no mask token.</exception>
    public OpenedModel(string directory, PretrainedModel model, string? template = null)
    {
        (Directory, Path, _model, _template) = (directory, directory, model, template);
        int? maskId = model.Family.IsAutoregressive ? model.Denoiser.VocabularySize : model.Tokenizer?.SpecialTokens.MaskId;
        if (model.Tokenizer is { } tokenizer && maskId is { } mask)
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

    /// <summary>The id that stands where nothing is written yet: the mask token's, or an id of no token with autoregressive models.</summary>
    public int MaskId { get; }

    /// <summary>Whether conversations can be rendered.</summary>
    public bool HasChatTemplate => _template is not null || Tokenizer.ChatTemplateSource is not null;

    /// <summary>What is to be said where the model brings no chat template of its own; null where it does, or where one is given.</summary>
    public string? TemplateWarning =>
        _template is not null ? null
        : Tokenizer.ChatTemplateSource is null
            ? $"{Directory} has no chat template: it continues the conversation as plain text, a line for each message; {TemplateRemedy}"
            : Tokenizer.ChatTemplateStandsIn
                ? $"{Directory} has no chat template: the usual one of {_model.Config.ModelType} stands in, and the model may never have seen "
                    + $"a text like it; {TemplateRemedy}"
                : null;

    private const string TemplateRemedy = "use a checkpoint that was trained on conversations, or give its template with --chat-template FILE";

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

    /// <summary>Where texts end.</summary>
    public TextEnds Ends => _model.Ends!;

    /// <summary>Reads answers out of what was written.</summary>
    public ResponseText Response => new(Tokenizer, ends: Ends);

    /// <summary>Shows canvases: neither special tokens nor the end of a turn that several tokens spell.</summary>
    public CanvasText CanvasText => new(ids => Tokenizer.Decode(ids, skipSpecialTokens: true)) { End = Ends.Pieces };

    /// <summary>
    /// This model, to learn its chat template by: with a token for each mark of the template that is several. It stands in for this one.
    /// </summary>
    /// <param name="isWanted">Whether to add them; null: only where the checkpoint brings no template of its own, and so cannot converse yet.</param>
    /// <param name="terminal">Where it is said.</param>
    /// <exception cref="DllmException">There is no template, or it is malformed.</exception>
    public OpenedModel WithChatTokens(bool? isWanted, Terminal terminal)
    {
        if (isWanted == false || Encoder.FindMissingTokens() is not { Count: > 0 } missing) return this;
        string own = System.IO.Path.Combine(Path, "tokenizer.json");
        if (isWanted is null && File.Exists(own) && Tokenizer.FromFile(own).ChatTemplateSource is not null) return this;
        terminal.Output.WriteLine(
            $"{missing.Count} tokens are added for the chat template: {string.Join(' ', missing)} (--add-chat-tokens false adds none)");
        return new OpenedModel(Directory, _model.WithAddedTokens(missing), _template) { Path = Path };
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    /// <summary>The tokens that canvases are made with.</summary>
    public CanvasTokens CanvasTokens => new(MaskId, Tokenizer.SpecialTokens);
}
