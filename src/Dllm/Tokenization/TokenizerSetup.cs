namespace Dllm.Tokenization;

/// <summary>What opening the tokenizer of a model type installs, as the original's loader does: a mask token where the vocabulary was made
/// without one, and the token that ends a turn of a conversation.</summary>
/// <param name="ModelType"><c>model_type</c> of <c>config.json</c>.</param>
public sealed record TokenizerSetup(string ModelType)
{
    private static readonly Dictionary<string, TokenizerSetup> Table = new TokenizerSetup[]
    {
        new("modernbert") { EndOfTurn = "[/Answer]", ChatTemplate = ChatTemplates.BertChat },
        new("bert") { EndOfTurn = "[/Answer]", ChatTemplate = ChatTemplates.BertChat },
        new("roberta") { EndOfTurn = "[/Answer]", ChatTemplate = ChatTemplates.BertChat },
        new("llada") { Mask = "<|mdm_mask|>", EndOfTurn = "<|eot_id|>", ChatTemplate = ChatTemplates.Llada },
        new("lladamoe") { Mask = "<|mask|>", EndOfTurn = "<|role_end|>", LooksUpEndOfTurn = true },
        new("llada2_moe") { Mask = "<|mask|>", EndOfTurn = "<|role_end|>", LooksUpEndOfTurn = true },
        new("llada21_moe") { Mask = "<|mask|>", EndOfTurn = "<|role_end|>", LooksUpEndOfTurn = true },
        new("rnd1") { Mask = "<|mask|>" },
        new("Dream") { EndOfTurn = "<|im_end|>", LooksUpEndOfTurn = true },
        new("a2d-qwen2") { Mask = "<|mask|>", ReplacesMask = true, EndOfTurn = "<|im_end|>", LooksUpEndOfTurn = true, DisablesThinking = true },
        new("a2d-qwen3") { Mask = "<|mask|>", ReplacesMask = true, EndOfTurn = "<|im_end|>", LooksUpEndOfTurn = true, DisablesThinking = true },
        new("a2d-llama") { Mask = "<|mask|>", ReplacesMask = true, EndOfTurn = "<|eot_id|>", LooksUpEndOfTurn = true },
        new("a2d-gpt2") { Mask = "<|mask|>", ReplacesMask = true, EndOfTurn = "<|endoftext|>", LooksUpEndOfTurn = true },
    }.ToDictionary(setup => setup.ModelType, StringComparer.Ordinal);

    /// <summary>Mask token of the family: taken where the vocabulary has it, whatever the tokenizer names, and added where it names none. Null
    /// for none.</summary>
    public string? Mask { get; init; }

    /// <summary>Whether <see cref="Mask"/> is added in place of one that the tokenizer names, which meant nothing to the autoregressive model
    /// that this one is made of.</summary>
    public bool ReplacesMask { get; init; }

    /// <summary>Text that ends a turn, or null.</summary>
    public string? EndOfTurn { get; init; }

    /// <summary>Whether <see cref="EndOfTurn"/> is one token of the vocabulary, to be looked up; else it has no id.</summary>
    public bool LooksUpEndOfTurn { get; init; }

    /// <summary>Name of the built-in chat template to install, or null to keep the tokenizer's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Whether the chat template is rendered with <c>enable_thinking = false</c> unless the caller says otherwise.</summary>
    public bool DisablesThinking { get; init; }

    /// <summary>Edit-Flow models have the set-up of what they are made of.</summary>
    private static readonly Dictionary<string, string> Bases = new(StringComparer.Ordinal)
    {
        ["editflow-modernbert"] = "modernbert",
        ["editflow-bert"] = "bert",
        ["editflow-llada"] = "llada",
        ["editflow-dream"] = "Dream",
        ["editflow-llama"] = "a2d-llama",
        ["editflow-qwen2"] = "a2d-qwen2",
        ["editflow-qwen3"] = "a2d-qwen3",
    };

    /// <summary>The set-up of a model type; an unknown type gets only the fall-backs for missing special tokens.</summary>
    /// <param name="modelType"><c>model_type</c> of <c>config.json</c>.</param>
    public static TokenizerSetup For(string modelType) =>
        Table.TryGetValue(Bases.GetValueOrDefault(modelType, modelType), out TokenizerSetup? setup)
            ? setup with { ModelType = modelType }
            : new TokenizerSetup(modelType);

    /// <summary>The model types that have a set-up of their own.</summary>
    public static IReadOnlyCollection<string> ModelTypes => Table.Keys;
}
