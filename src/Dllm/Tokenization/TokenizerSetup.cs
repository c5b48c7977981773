namespace Dllm.Tokenization;

/// <summary>What opening the tokenizer of a model type installs, as the original's loader does.</summary>
/// <param name="ModelType"><c>model_type</c> of <c>config.json</c>.</param>
public sealed record TokenizerSetup(string ModelType)
{
    /// <summary>Mask token to add, or null to keep the tokenizer's own.</summary>
    public string? Mask { get; init; }

    /// <summary>End-of-turn token, or null.</summary>
    public string? EndOfTurn { get; init; }

    /// <summary>Whether <see cref="EndOfTurn"/> is looked up in the vocabulary (else it has no id).</summary>
    public bool LooksUpEndOfTurn { get; init; }

    /// <summary>Name of the built-in chat template to install, or null to keep the tokenizer's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Whether the chat template is rendered with <c>enable_thinking = false</c> unless the caller says otherwise.</summary>
    public bool DisablesThinking { get; init; }

    /// <summary>The set-up of a model type; an unknown type gets only the fall-backs for missing special tokens.</summary>
    /// <param name="modelType"><c>model_type</c> of <c>config.json</c>.</param>
    public static TokenizerSetup For(string modelType) => throw new NotImplementedException();
}
