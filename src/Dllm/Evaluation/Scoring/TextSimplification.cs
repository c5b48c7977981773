using System.Text.Json.Nodes;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Scoring;

/// <summary>What a comparison of texts leaves out, by the keys of a metric or filter (<c>ignore_case</c>, <c>ignore_punctuation</c>, …).</summary>
internal sealed class TextSimplification
{
    private readonly PythonRegex[] _ignored;
    private readonly bool _case;
    private readonly bool _punctuation;
    private readonly bool _numbers;
    private readonly bool _unicode;

    /// <param name="arguments">The keys.</param>
    /// <param name="unicodePunctuation">Whether punctuation is all of Unicode's, not ASCII's with its symbols.</param>
    public TextSimplification(JsonObject arguments, bool unicodePunctuation = false)
    {
        bool Is(string key) => arguments[key]?.GetValueKind() == System.Text.Json.JsonValueKind.True;
        _ignored = [.. (arguments["regexes_to_ignore"] as JsonArray ?? []).Select(pattern => PythonRegex.Of(pattern!.ToString()))];
        (_case, _punctuation, _numbers) = (Is("ignore_case"), Is("ignore_punctuation"), Is("ignore_numbers"));
        _unicode = unicodePunctuation;
    }

    /// <summary>The text without what is left out.</summary>
    public string Apply(string text)
    {
        foreach (var pattern in _ignored) text = pattern.Replace(text, "");
        if (_case) text = PythonCase.Lower(text);
        if (_punctuation) text = string.Concat(text.Where(c => _unicode ? !char.IsPunctuation(c) : !IsAsciiPunctuation(c)));
        return _numbers ? string.Concat(text.Where(c => !char.IsAsciiDigit(c))) : text;
    }

    private static bool IsAsciiPunctuation(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));
}
