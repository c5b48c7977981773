using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Dllm.Tokenization;

/// <summary>
/// Text to token ids and back, as a Hugging Face <c>tokenizer.json</c> (with <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>
/// and <c>chat_template.jinja</c> beside it) defines it. Truncation and padding sections of the file are left to the caller.
/// Immutable and safe to share between threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedVocabulary _added;
    private readonly TextEncoder _encoder;

    private Tokenizer(TokenizerParts parts)
    {
        _added = new AddedVocabulary(parts.AddedTokens, parts.Normalizer);
        _parts = parts;
        _parts = parts with { SpecialTokens = SpecialTokensReader.Resolve(parts.SpecialTokens, TokenToId) };
        _encoder = new TextEncoder(_added, parts.Normalizer, parts.PreTokenizers, parts.Model);
        VocabularySize = parts.Model.Vocabulary.Count
            + _added.Tokens.Count(token => parts.Model.Vocabulary.IdOf(token.Content) is null);
    }

    /// <summary>Number of tokens: the model's vocabulary and the added tokens outside it.</summary>
    public int VocabularySize { get; }

    /// <summary>One more than the highest id. Ids may have gaps, so that there may be fewer tokens.</summary>
    public int IdCount => Math.Max(VocabularySize, _added.Tokens.Select(token => token.Id + 1).DefaultIfEmpty(0).Max());

    /// <summary>The named special tokens.</summary>
    public SpecialTokens SpecialTokens => _parts.SpecialTokens;

    /// <summary>The added tokens, by ascending id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _added.Tokens;

    /// <summary>Source of the chat template, or null.</summary>
    public string? ChatTemplateSource => _parts.ChatTemplateSource;

    /// <summary>Whether the chat template is its family's, because its files bring none: the model may never have seen a text like it.</summary>
    public bool ChatTemplateStandsIn => _parts.ChatTemplateStandsIn;

    /// <summary>Whether decoding removes spaces before punctuation unless told otherwise (<c>clean_up_tokenization_spaces</c>).</summary>
    public bool CleanUpSpaces => _parts.CleanUpSpaces;

    /// <summary>Longest sequence the model was made for (<c>model_max_length</c>); null when the file gives no bound.</summary>
    public int? MaxLength => _parts.MaxLength;

    /// <summary>Opens the tokenizer of a checkpoint directory.</summary>
    /// <param name="directory">Holds <c>tokenizer.json</c>; the other files are optional.</param>
    /// <exception cref="DllmException">A file is missing, malformed, or names a component this reader does not know.</exception>
    public static Tokenizer FromDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new DllmException($"{directory}: there is no such directory", $"give a directory with a {TokenizerReader.TokenizerFile}");
        }

        return FromFile(Path.Combine(directory, TokenizerReader.TokenizerFile));
    }

    /// <summary>Opens a <c>tokenizer.json</c>, and the files of its directory that belong to it.</summary>
    /// <param name="tokenizerJson">Path of the file.</param>
    /// <exception cref="DllmException">As <see cref="FromDirectory"/>.</exception>
    public static Tokenizer FromFile(string tokenizerJson) => new(TokenizerReader.Read(tokenizerJson));

    /// <summary>A tokenizer that we made ourselves.</summary>
    internal static Tokenizer FromJson(JsonObject tokenizer, SpecialTokens special, int? maxLength, bool cleansUpSpaces)
    {
        JsonObject config = TokenizerWriter.SpecialMap(special);
        config["tokenizer_class"] = "PreTrainedTokenizerFast";
        config["clean_up_tokenization_spaces"] = cleansUpSpaces;
        if (maxLength is { } length)
        {
            config["model_max_length"] = length;
        }

        byte[] json = TokenizerWriter.Serialize(tokenizer);
        return new Tokenizer(TokenizerReader.Read(json, "the new tokenizer", TokenizerWriter.Serialize(config), null, directory: null));
    }

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">Any text; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether the post-processor adds its tokens (<c>[CLS]</c>, <c>&lt;s&gt;</c> …).</param>
    public int[] Encode(string text, bool addSpecialTokens = true) =>
        [.. Process([_encoder.Encode(text, detailed: false)], addSpecialTokens).Ids];

    /// <summary>
    /// Token ids of a text of which certain stretches are plain text, whatever they spell: no special token is found there.
    /// </summary>
    /// <param name="text">As <see cref="Encode(string, bool)"/>.</param>
    /// <param name="literal">The places, in UTF-16 units, that no special token may hold; see <see cref="FindSpecialTokens"/>.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode(string, bool)"/>.</param>
    public int[] Encode(string text, IReadOnlyList<int> literal, bool addSpecialTokens = true) =>
        [.. Process([_encoder.Encode(text, detailed: false, literal)], addSpecialTokens).Ids];

    /// <summary>
    /// Token ids of a text that is to be gone on with or learnt from: a special token is what its spelling says, but the mask's is text as
    /// any other, for nothing is to be filled there.
    /// </summary>
    /// <param name="text">As <see cref="Encode(string, bool)"/>.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode(string, bool)"/>.</param>
    public int[] EncodeWithoutMasks(string text, bool addSpecialTokens = true)
    {
        string? mask = SpecialTokens.Mask;
        return mask is null ? Encode(text, addSpecialTokens) : Encode(text, _added.Spellings(text, token => token.Content == mask), addSpecialTokens);
    }

    /// <summary>The places of a text, in UTF-16 units and ascending, at which it spells a special token.</summary>
    /// <param name="text">Any text.</param>
    public IReadOnlyList<int> FindSpecialTokens(string text) => _added.Spellings(text, token => token.Special);

    /// <summary>Token ids of a text with the stretch of the text behind each.</summary>
    /// <param name="text">As <see cref="Encode(string, bool)"/>.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode(string, bool)"/>.</param>
    /// <param name="literal">The places that no special token may hold; null (the default) for none.</param>
    public EncodedText EncodeWithOffsets(string text, bool addSpecialTokens = true, IReadOnlyList<int>? literal = null) =>
        ToEncoding(Process([_encoder.Encode(text, detailed: true, literal)], addSpecialTokens));

    /// <summary>Token ids of two texts, joined as the post-processor joins a pair.</summary>
    /// <param name="first">First text.</param>
    /// <param name="second">Second text.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode(string, bool)"/>.</param>
    public int[] EncodePair(string first, string second, bool addSpecialTokens = true) =>
        [.. Process([_encoder.Encode(first, detailed: false), _encoder.Encode(second, detailed: false)], addSpecialTokens).Ids];

    /// <summary>As <see cref="EncodePair"/>, with offsets, segments and the mask of added tokens.</summary>
    /// <param name="first">First text.</param>
    /// <param name="second">Second text.</param>
    /// <param name="addSpecialTokens">As <see cref="Encode(string, bool)"/>.</param>
    public EncodedText EncodePairWithOffsets(string first, string second, bool addSpecialTokens = true)
    {
        TokenList[] texts = [_encoder.Encode(first, detailed: true), _encoder.Encode(second, detailed: true)];
        texts[1].SetType(1);
        return ToEncoding(Process(texts, addSpecialTokens));
    }

    /// <summary>Text of token ids. Ids outside the vocabulary are left out.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Leaves special tokens out.</param>
    /// <param name="cleanUpSpaces">Removes spaces before punctuation; null takes <see cref="CleanUpSpaces"/>.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false, bool? cleanUpSpaces = null)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            string? token = _added.SpellingOf(id) ?? _parts.Model.Vocabulary.TokenOf(id);
            if (token is not null && !(skipSpecialTokens && _added.IsSpecial(token)))
            {
                tokens.Add(token);
            }
        }

        string text = Join(tokens);
        return cleanUpSpaces ?? CleanUpSpaces ? SpaceCleanup.Clean(text) : text;
    }

    /// <summary>Text of token ids. Ids outside the vocabulary are left out.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Leaves special tokens out.</param>
    /// <param name="cleanUpSpaces">Removes spaces before punctuation; null takes <see cref="CleanUpSpaces"/>.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false, bool? cleanUpSpaces = null) =>
        Decode(CollectionsMarshal.AsSpan(ids as List<int> ?? [.. ids]), skipSpecialTokens, cleanUpSpaces);

    /// <summary>Id of a token, or null when the vocabulary lacks it.</summary>
    /// <param name="token">The token as the vocabulary spells it.</param>
    public int? TokenToId(string token) => _added.IdOf(token) ?? _parts.Model.Vocabulary.IdOf(token);

    /// <summary>Token of an id as the vocabulary spells it, or null when there is none.</summary>
    /// <param name="id">Token id.</param>
    public string? IdToToken(int id) => _added.ContentOf(id) ?? _parts.Model.Vocabulary.TokenOf(id);

    /// <summary>This tokenizer with the set-up of a model type installed: fall-backs for missing special tokens, mask, end of turn.
    /// The chat template is installed by <see cref="WithChatTemplate"/>.</summary>
    /// <param name="setup">From <see cref="TokenizerSetup.For"/>.</param>
    /// <exception cref="DllmException">The tokenizer has neither an end-of-sequence nor a padding token.</exception>
    public Tokenizer With(TokenizerSetup setup)
    {
        SpecialTokens tokens = SpecialTokens;
        string fallback = tokens.Pad ?? tokens.Eos
            ?? throw new DllmException(
                "the tokenizer has neither an end-of-sequence nor a padding token",
                $"name an eos_token or a pad_token in {TokenizerReader.ConfigFile}");
        tokens = tokens with
        {
            Pad = fallback,
            Eos = tokens.Eos ?? fallback,
            Bos = tokens.Bos ?? fallback,
            BosStandsIn = tokens.BosStandsIn || tokens.Bos is null,
            Mask = setup.Mask is { } mask && (setup.ReplacesMask || TokenToId(mask) is not null) ? mask : tokens.Mask ?? setup.Mask,
            EndOfTurn = setup.EndOfTurn ?? tokens.EndOfTurn,
        };
        return new Tokenizer(_parts with
        {
            SpecialTokens = tokens,
            AddedTokens = Tokenization.AddedTokens.WithSpecial(
                _parts.AddedTokens, SpecialTokensReader.Texts(tokens), _parts.Model.Vocabulary),
        });
    }

    /// <summary>This tokenizer with more special tokens; those that it has already stay as they are.</summary>
    /// <param name="texts">Their spellings; each new one gets the next free id, or the one that the vocabulary has for it.</param>
    public Tokenizer WithAddedTokens(IEnumerable<string> texts) => new(_parts with
    {
        AddedTokens = Tokenization.AddedTokens.WithSpecial(_parts.AddedTokens, texts, _parts.Model.Vocabulary),
    });

    /// <summary>This tokenizer with another chat template.</summary>
    /// <param name="source">Template source, or null for none.</param>
    public Tokenizer WithChatTemplate(string? source) => new(_parts with { ChatTemplateSource = source, ChatTemplateStandsIn = false });

    /// <summary>This tokenizer with its family's chat template, where it has none of its own.</summary>
    internal Tokenizer WithStandInTemplate(string source) => ChatTemplateSource is null
        ? new(_parts with { ChatTemplateSource = source, ChatTemplateStandsIn = true }) : this;

    /// <summary>Writes <c>tokenizer.json</c>, <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>: the originals with
    /// the changes applied. Each file is written aside and renamed.</summary>
    /// <param name="directory">Created when missing.</param>
    /// <exception cref="DllmException">The directory cannot be written.</exception>
    public void Save(string directory) => TokenizerWriter.Write(directory, _parts);

    private TokenList Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens)
    {
        IReadOnlyList<TokenList> lists = _parts.PostProcessor?.Process(texts, addSpecialTokens) ?? texts;
        TokenList result = lists[0];
        for (int i = 1; i < lists.Count; i++)
        {
            result.Append(lists[i]);
        }

        return result;
    }

    private string Join(List<string> tokens)
    {
        if (_parts.Decoder is null)
        {
            return string.Join(' ', tokens);
        }

        _parts.Decoder.Decode(tokens, TextBudget.For(tokens.Sum(token => (long)token.Length)));
        return string.Concat(tokens);
    }

    private static EncodedText ToEncoding(TokenList tokens)
    {
        List<TokenDetail> details = tokens.Details!;
        return new EncodedText(
            tokens.Ids,
            [.. details.Select(detail => new TextSpan(detail.Start, detail.End))],
            [.. details.Select(detail => detail.TypeId)],
            [.. details.Select(detail => detail.IsSpecial)]);
    }
}
