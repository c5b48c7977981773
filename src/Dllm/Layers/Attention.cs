using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>Multi-head attention over heads that are already projected.</summary>
public static class Attention
{
    /// <summary>softmax(q·kᵀ/√K + mask)·v, heads joined again.</summary>
    /// <param name="query">[B, H, T, K].</param>
    /// <param name="key">[B, H, S, K].</param>
    /// <param name="value">[B, H, S, K].</param>
    /// <param name="mask">Additive or boolean (true is seen), broadcast to [B, H, T, S]; null shows everything.</param>
    /// <param name="dropout">Probability of dropping a weight; 0 outside of training. Above 0 torch takes a path 4–9× slower.</param>
    /// <returns>[B, T, H·K].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropout = 0)
    {
        using var heads = nn.functional.scaled_dot_product_attention(query, key, value, mask, dropout); // [B, H, T, K]
        using var tokensFirst = heads.transpose(1, 2); // [B, T, H, K]
        return tokensFirst.flatten(2); // [B, T, H·K]
    }
}
