using Dllm.Tokenization;

namespace Dllm.Cli.Display.Export;

/// <summary>The text of single tokens, as it looks behind another word: with its space, or joined to what stands in front.</summary>
/// <param name="tokenizer">The model's.</param>
internal sealed class TokenTexts(Tokenizer tokenizer)
{
    private readonly Dictionary<int, TokenText> _texts = [];
    private readonly int[] _before = tokenizer.Encode("a", addSpecialTokens: false);

    /// <summary>The number by which a token is asked for that is part of a mark of the template, and no text.</summary>
    public static int MarkOf(int id) => ~id;

    /// <summary>The text of a token.</summary>
    public TokenText this[int id] => _texts.TryGetValue(id, out var text) ? text : _texts[id] = Read(id);

    private TokenText Read(int id)
    {
        if (id < 0) return Read(MarkOf(id)) with { IsSpecial = true };
        if (tokenizer.Decode([id], skipSpecialTokens: true).Length == 0 && tokenizer.IdToToken(id) is { } name && IsSpecial(id, name))
            return new TokenText(Visible(name), IsSpecial: true);
        string before = tokenizer.Decode(_before);
        string both = tokenizer.Decode([.. _before, id]);
        string text = both.StartsWith(before, StringComparison.Ordinal) ? both[before.Length..] : tokenizer.Decode([id]);
        return new TokenText(Visible(text), IsSpecial: false);
    }

    private bool IsSpecial(int id, string name) => tokenizer.Decode([id]) == name;

    private static string Visible(string text) => VisibleText.Of(text, keepsTabs: false);
}

/// <summary>How a token reads.</summary>
/// <param name="Text">Its text.</param>
/// <param name="IsSpecial">Whether it is a mark of the tokenizer, such as the end of a turn, and not text.</param>
internal readonly record struct TokenText(string Text, bool IsSpecial);
