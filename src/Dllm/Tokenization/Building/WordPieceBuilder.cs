using System.Text.Json.Nodes;

namespace Dllm.Tokenization;

/// <summary>What a <see cref="WordPieceBuilder"/> makes besides the words.</summary>
public sealed record WordPieceOptions
{
    /// <summary>Whether texts are lower-cased and lose their accents. Default true.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Characters of which any word can be spelt, alone and as continuations (<c>##x</c>). Default: printable ASCII.</summary>
    public IReadOnlyList<char> Alphabet { get; init; } = [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)];

    /// <summary>Special tokens after <c>[PAD] [UNK] [CLS] [SEP] [MASK]</c>, each one token. Default none.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; init; } = [];

    /// <summary>Longest sequence the model will take, written to <c>model_max_length</c>; null for none. Default null.</summary>
    public int? MaxLength { get; init; }
}

/// <summary>Makes a BERT-like WordPiece tokenizer from a list of words: a word is one token, the rest is spelt in characters.</summary>
public static class WordPieceBuilder
{
    /// <summary>Builds the tokenizer. Ids: special tokens, the alphabet, its continuations, the words in their order.</summary>
    /// <param name="words">The words, as they are after normalisation; each counts once.</param>
    /// <param name="options">Alphabet and special tokens.</param>
    /// <returns>The tokenizer; <see cref="Tokenizer.Save"/> writes files that Hugging Face's libraries read.</returns>
    /// <exception cref="DllmException">A word is empty.</exception>
    public static Tokenizer Build(IEnumerable<string> words, WordPieceOptions? options = null)
    {
        options ??= new WordPieceOptions();
        var special = new SpecialTokens
        {
            Pad = "[PAD]",
            Unk = "[UNK]",
            Cls = "[CLS]",
            Sep = "[SEP]",
            Mask = "[MASK]",
            AdditionalSpecialTokens = options.AdditionalSpecialTokens,
        };
        string[] named =
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. options.AdditionalSpecialTokens.Distinct(StringComparer.Ordinal)];
        AddedToken[] added = [.. named.Select((text, id) => new AddedToken(id, text))];
        char[] alphabet = [.. options.Alphabet.Select(c => options.Lowercase ? char.ToLowerInvariant(c) : c).Distinct()];
        var vocabulary = new JsonObject();
        foreach (string token in named.Concat(alphabet.Select(c => c.ToString())).Concat(alphabet.Select(c => "##" + c)).Concat(words))
        {
            if (token.Length == 0)
            {
                throw new DllmException("a word of the vocabulary is empty", "leave it out");
            }

            vocabulary.TryAdd(token, vocabulary.Count);
        }

        var normalizer = new JsonObject
        {
            ["type"] = "BertNormalizer",
            ["clean_text"] = true,
            ["handle_chinese_chars"] = true,
            ["strip_accents"] = null,
            ["lowercase"] = options.Lowercase,
        };
        var decoder = new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true };
        var model = new JsonObject
        {
            ["type"] = "WordPiece",
            ["unk_token"] = "[UNK]",
            ["continuing_subword_prefix"] = "##",
            ["max_input_chars_per_word"] = 100,
            ["vocab"] = vocabulary,
        };
        JsonObject document = TokenizerJson.Document(
            added,
            normalizer,
            TokenizerJson.Component("BertPreTokenizer"),
            TokenizerJson.ClassifierTemplate(added[2], added[3]),
            decoder,
            model);
        return Tokenizer.FromJson(document, special, options.MaxLength, cleansUpSpaces: true);
    }
}
