namespace Dllm.Tokenization;

/// <summary>A stretch of a text in Unicode code points: <paramref name="Start"/> inclusive, <paramref name="End"/> exclusive.</summary>
/// <param name="Start">First code point, from 0.</param>
/// <param name="End">One past the last code point.</param>
public readonly record struct TextSpan(int Start, int End);

/// <summary>An encoded text with where each token came from. All lists have the same length T.</summary>
/// <param name="Ids">Token ids, [T].</param>
/// <param name="Offsets">The stretch of the original text behind each token, in code points (not UTF-16 units); (0, 0) for a
/// token that the post-processor added. In a pair, offsets count from the start of the text they belong to.</param>
/// <param name="TypeIds">Segment of each token: 0, or what the post-processor says for the second text of a pair.</param>
/// <param name="SpecialTokensMask">True where the post-processor added the token.</param>
public sealed record EncodedText(
    IReadOnlyList<int> Ids,
    IReadOnlyList<TextSpan> Offsets,
    IReadOnlyList<int> TypeIds,
    IReadOnlyList<bool> SpecialTokensMask);
