using System.Text;
using Dllm.Tokenization;

namespace Dllm.Fuzz.Targets;

/// <summary>A tokenizer's files, and texts through it and back.</summary>
internal static class TokenizerTargets
{
    private static readonly string[] Words =
    [
        "type", "Sequence", "normalizers", "NFC", "NFKD", "Lowercase", "StripAccents", "Strip", "Prepend", "Replace", "Nmt", "ByteLevel", "Precompiled",
        "BertNormalizer", "pretokenizers", "BertPreTokenizer", "Metaspace", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit",
        "CharDelimiterSplit", "FixedLength", "pattern", "Regex", "String", "content", "behavior", "Isolated", "Removed", "MergedWithPrevious", "invert",
        "ByteFallback", "Fuse", "WordPiece", "BPEDecoder", "TemplateProcessing", "BertProcessing", "RobertaProcessing", "single", "pair", "special_tokens",
        "BPE", "Unigram", "WordLevel", "vocab", "merges", "unk_token", "unk_id", "byte_fallback", "fuse_unk", "ignore_merges", "added_tokens",
        "(a+)+$", "(?=a)(a|aa)+$", @"\s+(?!\S)|\s+", @"\p{L}+", " {2,}", "(?i:'s)", "[^\\r\\n]", "x{1,3}+", "((((", "model_max_length", "chat_template",
        "additional_special_tokens", "added_tokens_decoder", "pad_token", "mask_token", "bos_token", "lstrip", "rstrip", "normalized", "replacement",
        "prepend_scheme", "max_input_chars_per_word", "continuing_subword_prefix", "end_of_word_suffix", "precompiled_charsmap", "decoders", "processors",
    ];

    private static readonly string[] Texts =
    [
        "", "a", "hello world", "  Two  spaces\n\nand lines\t", "don't 123456 ÀÉ 漢字 😀\u0301\u0316 \ud800x", "[MASK][CLS] <s> ##a ▁a <0x0A>", new string('a', 3000) + "!",
        string.Concat(Enumerable.Repeat("ab c ", 400)), new string(' ', 500), "\u0130\u1E9E\uFB01\u2126\uFDFA",
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTarget.OfFile("tokenizer", "tokenizer.json", Seeds.Tokenizers, path =>
        {
            var tokenizer = Tokenizer.FromFile(path);
            Use(tokenizer);
            tokenizer.Save(Path.Combine(Path.GetDirectoryName(path)!, "saved"));
        }) with { Words = Words },
        Beside("tokenizer_config", "tokenizer_config.json", Seeds.TokenizerConfigs),
        Beside("special_tokens", "special_tokens_map.json", [.. Seeds.TokenizerConfigs]),
        FuzzTarget.OfText("texts", Texts, text => Use(Seeds.Tokenizer, text)),
    ];

    private static FuzzTarget Beside(string name, string file, IReadOnlyList<byte[]> seeds) => new(name, new(() => seeds), (bytes, folder) =>
    {
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.json"), Seeds.Tokenizers[0]);
        File.WriteAllBytes(Path.Combine(folder, file), bytes);
        var tokenizer = Tokenizer.FromDirectory(folder);
        Use(tokenizer, Texts[4]);
        tokenizer.Save(Path.Combine(folder, "saved"));
        Tokenizer.FromDirectory(Path.Combine(folder, "saved"));
    })
    {
        Words = Words,
    };

    private static void Use(Tokenizer tokenizer)
    {
        foreach (var text in Texts)
            Use(tokenizer, text);
    }

    private static void Use(Tokenizer tokenizer, string text)
    {
        var ids = tokenizer.Encode(text);
        tokenizer.EncodeWithOffsets(text, addSpecialTokens: false);
        tokenizer.EncodePair(text, "b");
        tokenizer.Decode(ids);
        tokenizer.Decode([.. ids, -1, int.MaxValue, 0], skipSpecialTokens: true, cleanUpSpaces: true);
        foreach (var id in ids.Take(5))
            tokenizer.IdToToken(id);
        Encoding.UTF8.GetByteCount(text);
    }
}
