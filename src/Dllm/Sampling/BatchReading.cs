namespace Dllm.Sampling;

/// <summary>
/// How the model's logits are read: requests that are alike in it share a forward. All other options are applied behind the forward, to
/// each request's own logits.
/// </summary>
/// <param name="IsShifted">Whether logits are read one place to the left.</param>
/// <param name="CfgScale">The strength of guidance; 0 for none.</param>
/// <param name="MaskTokenId">What hides given tokens from the unconditional half of guidance; null without guidance.</param>
/// <param name="KeptTokens">The given tokens that guidance does not hide, ascending; empty without guidance.</param>
internal readonly record struct BatchReading(bool IsShifted, double CfgScale, int? MaskTokenId, string KeptTokens)
{
    public static BatchReading Of(MdlmSamplerOptions options, int maskTokenId) => options.CfgScale == 0
        ? new BatchReading(options.RightShiftLogits, 0, null, "")
        : new BatchReading(
            options.RightShiftLogits, options.CfgScale, maskTokenId, string.Join(' ', options.CfgKeepTokens.Distinct().Order()));
}
