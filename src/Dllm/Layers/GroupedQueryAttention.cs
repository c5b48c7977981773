using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// Self-attention with the names of Llama's layout, in which several query heads may share a key head (Ainslie et al., 2023) and queries
/// and keys may be normalised head by head.
/// </summary>
public sealed class GroupedQueryAttention : nn.Module
{
    [ComponentName(Name = "q_proj")] private readonly Linear _query;
    [ComponentName(Name = "k_proj")] private readonly Linear _key;
    [ComponentName(Name = "v_proj")] private readonly Linear _value;
    [ComponentName(Name = "o_proj")] private readonly Linear _output;
    [ComponentName(Name = "q_norm")] private readonly RmsNorm? _queryNorm;
    [ComponentName(Name = "k_norm")] private readonly RmsNorm? _keyNorm;
    private readonly int _headWidth;
    private readonly double? _clip;
    private readonly int _layer;

    /// <summary>Sets memory aside for the maps.</summary>
    /// <param name="shape">Sizes and switches.</param>
    /// <param name="layer">The layer's place in a cache, from 0.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public GroupedQueryAttention(AttentionShape shape, int layer, ScalarType dtype, Device device)
        : base(nameof(GroupedQueryAttention))
    {
        var (queries, keys) = (shape.Heads * shape.HeadWidth, shape.KeyHeads * shape.HeadWidth);
        _query = new Linear(shape.Width, queries, shape.InputBias, dtype, device);
        _key = new Linear(shape.Width, keys, shape.InputBias, dtype, device);
        _value = new Linear(shape.Width, keys, shape.InputBias, dtype, device);
        _output = new Linear(queries, shape.Width, shape.OutputBias, dtype, device);
        _queryNorm = shape.HeadNormEpsilon is { } first ? new RmsNorm(shape.HeadWidth, first, dtype, device) : null;
        _keyNorm = shape.HeadNormEpsilon is { } second ? new RmsNorm(shape.HeadWidth, second, dtype, device) : null;
        _headWidth = shape.HeadWidth;
        _clip = shape.Clip;
        _layer = layer;
        RegisterComponents();
    }

    /// <summary>What the heads gather, not yet mixed: [B, T, D] → [B, T, H·K].</summary>
    public Tensor Attend(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var query = Heads(_query.Forward(hidden), _queryNorm); // [B, H, T, K]
        var key = Heads(_key.Forward(hidden), _keyNorm); // [B, H_kv, T, K]
        var value = Heads(_value.Forward(hidden), null);
        if (_clip is { } bound)
            (query, key, value) = (query.clamp(-bound, bound), key.clamp(-bound, bound), value.clamp(-bound, bound));
        return Attention.AttendHeads(query, key, value, _layer, context).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor joined, RmsNorm? norm)
    {
        var heads = joined.view(joined.size(0), joined.size(1), -1, _headWidth); // [B, T, H, K]
        return (norm?.Forward(heads) ?? heads).transpose(1, 2);
    }

    /// <summary>Mixes what the heads gathered: [..., H·K] → [..., D].</summary>
    public Tensor Output(Tensor attended) => _output.Forward(attended);

    /// <summary>Draws fresh weights: normal with this deviation, offsets 0, norms 1.</summary>
    public void Initialize(Generator generator, double deviation)
    {
        foreach (var map in (Linear[])[_query, _key, _value, _output])
            map.Initialize(generator, deviation);
        foreach (var norm in (RmsNorm?[])[_queryNorm, _keyNorm])
        {
            if (norm is not null)
                Initialization.Identity(norm);
        }
    }
}
