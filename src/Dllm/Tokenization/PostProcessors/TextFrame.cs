namespace Dllm.Tokenization;

/// <summary>What <c>add_bos_token</c> and <c>add_eos_token</c> of <c>tokenizer_config.json</c> put around a text.</summary>
internal static class TextFrame
{
    // The classes of transformers that make their own post-processor by these keys, whatever the file's; others do where it has none.
    private static readonly string[] Classes = ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"];

    /// <summary>The post-processor that the keys ask for, or the file's own.</summary>
    /// <param name="config"><c>tokenizer_config.json</c>, or null.</param>
    /// <param name="own">That of <c>tokenizer.json</c>, or null.</param>
    /// <param name="special">The named special tokens.</param>
    /// <param name="idOf">The id of a token, or null.</param>
    public static IPostProcessor? Read(JsonSection? config, IPostProcessor? own, SpecialTokens special, Func<string, int?> idOf)
    {
        if (config is not { } settings || (settings.TryGet("add_bos_token") is null && settings.TryGet("add_eos_token") is null)) return own;
        string name = settings.TryGet("tokenizer_class") is { IsText: true } named ? named.Text() : "";
        bool makesItsOwn = Array.Exists(Classes, known => name == known || name == known + "Fast");
        if (!makesItsOwn && own is not null) return own;
        TemplatePiece[] first = Piece(settings.Flag("add_bos_token", makesItsOwn), special.Bos);
        TemplatePiece[] last = Piece(settings.Flag("add_eos_token", false), special.Eos);
        if (!makesItsOwn && first.Length + last.Length == 0) return own;
        TemplatePiece[] Around(int text) =>
            [.. first.Select(piece => piece with { TypeId = text }), new(text, [], text), .. last.Select(piece => piece with { TypeId = text })];
        return new TemplateProcessor(Around(0), [.. Around(0), .. Around(1)]);

        TemplatePiece[] Piece(bool isAdded, string? token) =>
            isAdded && token is not null && idOf(token) is { } id ? [new(-1, [new SpecialPiece(id, token)], 0)] : [];
    }
}
