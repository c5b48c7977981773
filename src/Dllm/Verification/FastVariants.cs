using Dllm.Models;

namespace Dllm.Verification;

/// <summary>
/// Fast-dLLM's copies of LLaDA and Dream are the same models here, and their inputs are honoured. The original's are not wholly: the one
/// attends to padding, the other counts positions from 0 whatever it is given. Cases recorded from them are run so.
/// </summary>
internal static class FastVariants
{
    /// <summary>The input without what the original of this family passes over.</summary>
    public static DenoiserInput AsOriginal(ModelFamily family, DenoiserInput input) => family.ModelType switch
    {
        "fastdllm_llada" => input with { AttentionMask = null },
        "fastdllm_dream" => input with { PositionIds = null },
        _ => input,
    };
}
