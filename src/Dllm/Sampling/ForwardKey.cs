using Dllm.Layers;
using Dllm.Models;

namespace Dllm.Sampling;

/// <summary>
/// What readings must be alike in to share a forward. Which tokens see which, and which are never proposed, is each reading's own.
/// </summary>
/// <param name="CfgScale">The strength of guidance; 0 for none.</param>
/// <param name="MaskTokenId">What hides given tokens from the unconditional half of guidance; null without guidance.</param>
/// <param name="Write">What becomes of new keys and values; null without a cache.</param>
/// <param name="IsFirst">Whether there is a cache, and it is empty.</param>
/// <param name="MaskDimensions">Those of the attention mask: 4 where it tells queries apart, else 2.</param>
/// <param name="HasPositions">Whether positions are given.</param>
/// <param name="Length">The class of the columns read.</param>
/// <param name="Held">The class of the columns held.</param>
internal readonly record struct ForwardKey(
    double CfgScale, int? MaskTokenId, CacheWrite? Write, bool IsFirst, long MaskDimensions, bool HasPositions, int Length,
    int Held)
{
    /// <summary>Rows this short cost about as much as shorter ones: they share a forward whatever their length.</summary>
    private const int ShortRow = 32;

    /// <summary>The key of a reading.</summary>
    /// <param name="reading">The reading.</param>
    /// <param name="input">What its denoiser is given.</param>
    public static ForwardKey Of(Reading reading, DenoiserInput input)
    {
        var (reader, cache) = (reading.Reader, reading.Cache);
        return new ForwardKey(
            reader.CfgScale,
            reader.CfgScale == 0 ? null : reading.Canvas.MaskTokenId,
            cache?.Write,
            cache is { Length: 0 },
            input.AttentionMask?.dim() ?? 2,
            input.PositionIds is not null,
            LengthClass(reading.Columns.Count, classesPerOctave: 2), // no row is padded by more than half its length
            LengthClass(cache?.Length ?? 0, classesPerOctave: 1)); // what is held costs less than what is read
    }

    private static int LengthClass(int length, int classesPerOctave) =>
        (int)Math.Ceiling(classesPerOctave * Math.Log2(Math.Max(length, ShortRow)));
}
