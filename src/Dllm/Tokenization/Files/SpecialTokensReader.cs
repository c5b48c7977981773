namespace Dllm.Tokenization;

/// <summary>Collects the named special tokens from <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>.</summary>
internal static class SpecialTokensReader
{
    /// <summary>Where nothing is declared (a bare <c>tokenizer.json</c>), special added tokens play a part by their customary
    /// names.</summary>
    private static readonly (string Key, string[] Names)[] CustomaryNames =
    [
        ("mask_token", ["[MASK]", "<mask>", "<|mdm_mask|>", "<|mask|>"]),
        ("pad_token", ["[PAD]", "<pad>"]),
        ("unk_token", ["[UNK]", "<unk>"]),
        ("cls_token", ["[CLS]"]),
        ("sep_token", ["[SEP]"]),
        ("bos_token", ["<s>", "<|begin_of_text|>"]),
        ("eos_token", ["</s>", "<|end_of_text|>", "<|im_end|>", "<|endoftext|>"]),
    ];

    /// <summary>The declared tokens, without ids.</summary>
    /// <param name="config"><c>tokenizer_config.json</c>, or null.</param>
    /// <param name="map"><c>special_tokens_map.json</c>, or null; the other file goes first.</param>
    /// <param name="added">The added tokens of <c>tokenizer.json</c>.</param>
    public static SpecialTokens Read(JsonSection? config, JsonSection? map, IReadOnlyList<AddedToken> added)
    {
        string? Declared(string key) => TextOf(config?.TryGet(key)) ?? TextOf(map?.TryGet(key));
        IReadOnlyList<string> additional = Additional(config, map);
        bool anything = additional.Count > 0 || Array.Exists(CustomaryNames, role => Declared(role.Key) is not null);
        string? Find(string key) => anything ? Declared(key) : Customary(key, added);
        return new SpecialTokens
        {
            Bos = Find("bos_token"),
            Eos = Find("eos_token"),
            Pad = Find("pad_token"),
            Mask = Find("mask_token"),
            Unk = Find("unk_token"),
            Sep = Find("sep_token"),
            Cls = Find("cls_token"),
            EndOfTurn = Declared("eot_token"),
            AdditionalSpecialTokens = additional,
        };
    }

    /// <summary>The same tokens with the ids a vocabulary gives them.</summary>
    public static SpecialTokens Resolve(SpecialTokens tokens, Func<string, int?> idOf)
    {
        int? Id(string? text) => text is null ? null : idOf(text);
        string?[] named = [tokens.Bos, tokens.Eos, tokens.Unk, tokens.Sep, tokens.Pad, tokens.Cls, tokens.Mask];
        return tokens with
        {
            BosId = Id(tokens.Bos),
            EosId = Id(tokens.Eos),
            PadId = Id(tokens.Pad),
            MaskId = Id(tokens.Mask),
            UnkId = Id(tokens.Unk),
            SepId = Id(tokens.Sep),
            ClsId = Id(tokens.Cls),
            EndOfTurnId = Id(tokens.EndOfTurn),
            AllIds = [.. named.Concat(tokens.AdditionalSpecialTokens).Select(Id).OfType<int>().Distinct().Order()],
        };
    }

    /// <summary>The texts of all tokens that must be in the vocabulary.</summary>
    public static IEnumerable<string> Texts(SpecialTokens tokens) =>
        new[] { tokens.Bos, tokens.Eos, tokens.Unk, tokens.Sep, tokens.Pad, tokens.Cls, tokens.Mask }
            .OfType<string>().Concat(tokens.AdditionalSpecialTokens).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal);

    private static string? TextOf(JsonSection? token) => token switch
    {
        null => null,
        { IsText: true } text => text.Text(),
        { IsObject: true } described => described.Text("content"),
        { } other => throw other.Error("is neither a text nor a described token"),
    };

    private static IReadOnlyList<string> Additional(JsonSection? config, JsonSection? map)
    {
        // The first that names any: an empty list beside a full one says nothing.
        JsonSection?[] lists =
        [
            config?.TryGet("additional_special_tokens"), map?.TryGet("additional_special_tokens"), config?.TryGet("extra_special_tokens"),
            map?.TryGet("extra_special_tokens"),
        ];
        return lists.Select(Texts).FirstOrDefault(texts => texts.Count > 0) ?? [];

        static IReadOnlyList<string> Texts(JsonSection? list) => list switch
        {
            { IsList: true } items => [.. items.Items().Select(item => TextOf(item)!).Distinct(StringComparer.Ordinal)],
            { IsObject: true } members => [.. members.Members().Select(member => TextOf(member.Value)!).Distinct(StringComparer.Ordinal)],
            _ => [],
        };
    }

    private static string? Customary(string key, IReadOnlyList<AddedToken> added)
    {
        string[] names = Array.Find(CustomaryNames, role => role.Key == key).Names ?? [];
        return Array.Find(names, name => added.Any(token => token.Special && token.Content == name));
    }
}
