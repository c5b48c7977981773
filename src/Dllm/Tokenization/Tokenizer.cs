namespace Dllm.Tokenization;

/// <summary>
/// Text to token ids and back, as a Hugging Face <c>tokenizer.json</c> (with <c>tokenizer_config.json</c> and
/// <c>special_tokens_map.json</c> beside it) defines it. Immutable and safe to share between threads.
/// </summary>
public sealed class Tokenizer
{
    private Tokenizer()
    {
    }

    /// <summary>Opens the tokenizer of a checkpoint directory.</summary>
    /// <param name="directory">Holds <c>tokenizer.json</c>; the other two files are optional.</param>
    /// <exception cref="DllmException">A file is missing, malformed, or names a component this reader does not know.</exception>
    public static Tokenizer FromDirectory(string directory) => throw new NotImplementedException();

    /// <summary>Opens a <c>tokenizer.json</c>, and the files of its directory that belong to it.</summary>
    /// <param name="tokenizerJson">Path of the file.</param>
    /// <exception cref="DllmException">As <see cref="FromDirectory"/>.</exception>
    public static Tokenizer FromFile(string tokenizerJson) => throw new NotImplementedException();

    /// <summary>Number of tokens: the model's vocabulary and the added tokens outside it.</summary>
    public int VocabularySize => throw new NotImplementedException();

    /// <summary>The named special tokens.</summary>
    public SpecialTokens SpecialTokens => throw new NotImplementedException();

    /// <summary>The added tokens, by ascending id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => throw new NotImplementedException();

    /// <summary>Source of the chat template, or null.</summary>
    public string? ChatTemplateSource => throw new NotImplementedException();

    /// <summary>Whether decoding removes spaces before punctuation unless told otherwise (<c>clean_up_tokenization_spaces</c>).</summary>
    public bool CleanUpSpaces => throw new NotImplementedException();

    /// <summary>Longest sequence the model was made for (<c>model_max_length</c>); null when the file gives none.</summary>
    public int? MaxLength => throw new NotImplementedException();

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">Any text; lone surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether the post-processor adds its tokens (<c>[CLS]</c>, <c>&lt;s&gt;</c> …).</param>
    public int[] Encode(string text, bool addSpecialTokens = true) => throw new NotImplementedException();

    /// <summary>Token ids of a text with the stretch of the text behind each.</summary>
    /// <param name="text">As <see cref="Encode"/>.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode"/>.</param>
    public Encoding EncodeWithOffsets(string text, bool addSpecialTokens = true) => throw new NotImplementedException();

    /// <summary>Token ids of two texts, joined as the post-processor joins a pair.</summary>
    /// <param name="first">First text.</param>
    /// <param name="second">Second text.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode"/>.</param>
    public int[] EncodePair(string first, string second, bool addSpecialTokens = true) => throw new NotImplementedException();

    /// <summary>As <see cref="EncodePair"/>, with offsets, segments and the mask of added tokens.</summary>
    /// <param name="first">First text.</param>
    /// <param name="second">Second text.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode"/>.</param>
    public Encoding EncodePairWithOffsets(string first, string second, bool addSpecialTokens = true) => throw new NotImplementedException();

    /// <summary>Text of token ids. Ids outside the vocabulary are left out.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Leaves special tokens out.</param>
    /// <param name="cleanUpSpaces">Removes spaces before punctuation; null takes <see cref="CleanUpSpaces"/>.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false, bool? cleanUpSpaces = null) => throw new NotImplementedException();

    /// <summary>Text of token ids. Ids outside the vocabulary are left out.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Leaves special tokens out.</param>
    /// <param name="cleanUpSpaces">Removes spaces before punctuation; null takes <see cref="CleanUpSpaces"/>.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false, bool? cleanUpSpaces = null) => throw new NotImplementedException();

    /// <summary>Id of a token, or null when the vocabulary lacks it.</summary>
    /// <param name="token">The token as the vocabulary spells it.</param>
    public int? TokenToId(string token) => throw new NotImplementedException();

    /// <summary>Token of an id as the vocabulary spells it, or null when there is none.</summary>
    /// <param name="id">Token id.</param>
    public string? IdToToken(int id) => throw new NotImplementedException();

    /// <summary>This tokenizer with the set-up of a model type installed: mask, padding, end of turn, fall-backs.</summary>
    /// <param name="setup">From <see cref="TokenizerSetup.For"/>.</param>
    public Tokenizer With(TokenizerSetup setup) => throw new NotImplementedException();

    /// <summary>This tokenizer with another chat template.</summary>
    /// <param name="source">Template source, or null for none.</param>
    public Tokenizer WithChatTemplate(string? source) => throw new NotImplementedException();

    /// <summary>Writes <c>tokenizer.json</c>, <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>: the originals with the changes
    /// applied.</summary>
    /// <param name="directory">Created when missing.</param>
    /// <exception cref="DllmException">The directory cannot be written.</exception>
    public void Save(string directory) => throw new NotImplementedException();
}
