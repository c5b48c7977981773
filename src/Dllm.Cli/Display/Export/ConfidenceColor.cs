namespace Dllm.Cli.Display.Export;

/// <summary>The colours of a picture of denoising: red where the sampler was unsure of a token, green where it was sure.</summary>
internal static class ConfidenceColor
{
    /// <summary>Behind everything.</summary>
    public static readonly (byte Red, byte Green, byte Blue) Background = (0x15, 0x18, 0x1d);

    /// <summary>A token not written yet.</summary>
    public static readonly (byte Red, byte Green, byte Blue) Mask = (0x2e, 0x34, 0x3d);

    /// <summary>Text that was there from the start.</summary>
    public static readonly (byte Red, byte Green, byte Blue) Given = (0x8d, 0x96, 0xa1);

    /// <summary>Text that was written.</summary>
    public static readonly (byte Red, byte Green, byte Blue) Text = (0xf2, 0xf4, 0xf7);

    /// <summary>The colour behind a written token, in eleven steps; blue-grey where the confidence is not known.</summary>
    public static (byte Red, byte Green, byte Blue) Of(float confidence)
    {
        if (float.IsNaN(confidence)) return (0x3a, 0x4a, 0x66);
        float level = MathF.Round(Math.Clamp(confidence, 0, 1) * 10) / 10;
        // Red, amber, green: two straight lines.
        return level < 0.5f
            ? Mix((0x8c, 0x2f, 0x39), (0x8a, 0x6a, 0x1f), level * 2)
            : Mix((0x8a, 0x6a, 0x1f), (0x1f, 0x7a, 0x4d), level * 2 - 1);
    }

    /// <summary>As web pages write it.</summary>
    public static string Hex((byte Red, byte Green, byte Blue) color) => $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}";

    private static (byte Red, byte Green, byte Blue) Mix((int R, int G, int B) from, (int R, int G, int B) to, float share) =>
        ((byte)(from.R + (to.R - from.R) * share), (byte)(from.G + (to.G - from.G) * share), (byte)(from.B + (to.B - from.B) * share));
}
