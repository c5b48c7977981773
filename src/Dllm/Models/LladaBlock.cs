using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>Makes the norms of a LLaDA.</summary>
internal static class LladaNorms
{
    private const double LayerNormEpsilon = 1e-5; // the original's; only the root-mean-square norms heed the configuration

    public static Normalization Build(LladaConfig config, int width, bool scale, ScalarType dtype, Device device) =>
        config.Norm == LladaNorm.Layer
            ? new LayerNorm(width, LayerNormEpsilon, scale && config.NormBias, dtype, device, scale)
            : new RmsNorm(
                width, config.RmsEpsilon, dtype, device, scale, scale && config.NormBias, config.Norm == LladaNorm.GemmaRootMeanSquare);
}

/// <summary>One block: attention and MLP, each normalised before and added after.</summary>
internal sealed class LladaBlock : nn.Module
{
    [ComponentName(Name = "attn_norm")] private readonly Normalization _attentionNorm;
    [ComponentName(Name = "att_proj")] private readonly Linear? _input;
    [ComponentName(Name = "q_proj")] private readonly Linear? _query;
    [ComponentName(Name = "k_proj")] private readonly Linear? _key;
    [ComponentName(Name = "v_proj")] private readonly Linear? _value;
    [ComponentName(Name = "q_norm")] private readonly Normalization? _queryNorm;
    [ComponentName(Name = "k_norm")] private readonly Normalization? _keyNorm;
    [ComponentName(Name = "attn_out")] private readonly Linear _output;
    [ComponentName(Name = "ff_norm")] private readonly Normalization _mlpNorm;
    [ComponentName(Name = "ff_proj")] private readonly Linear _inner;
    [ComponentName(Name = "up_proj")] private readonly Linear? _up;
    [ComponentName(Name = "ff_out")] private readonly Linear _outer;
    private readonly LladaConfig _config;
    private readonly long[] _splits;
    private readonly int _layer;

    public LladaBlock(LladaConfig config, int layer, ScalarType dtype, Device device)
        : base(nameof(LladaBlock))
    {
        _config = config;
        _layer = layer;
        var (width, keys) = (config.Width, config.KeyHeads * config.HeadWidth);
        _splits = [width, keys, keys];
        _attentionNorm = Norm(width, config.NormScale);
        if (config.IsSequential)
        {
            _input = Map(width, width + 2 * keys, config.InputBias);
        }
        else
        {
            _query = Map(width, width, config.InputBias);
            _key = Map(width, keys, config.InputBias);
            _value = Map(width, keys, config.InputBias);
            _up = Map(width, config.InnerWidth, config.Bias);
        }

        _queryNorm = config.AttentionNorm ? Norm(width, config.AttentionNormScale) : null;
        _keyNorm = config.AttentionNorm ? Norm(keys, config.AttentionNormScale) : null;
        _output = Map(width, width, config.Bias);
        _mlpNorm = Norm(width, config.NormScale);
        _inner = Map(width, config.InnerWidth, config.Bias);
        _outer = Map(config.GatedWidth, width, config.Bias);
        RegisterComponents();

        Linear Map(int inputs, int outputs, bool bias) => new(inputs, outputs, bias, dtype, device);
        Normalization Norm(int size, bool scale) => LladaNorms.Build(config, size, scale, dtype, device);
    }

    /// <summary>[B, T, D] → [B, T, D], or the named rows of it [N, D]: behind the attention a row needs no other.</summary>
    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var attended = Attend(_attentionNorm.Forward(hidden), context); // [B, T, D]
        if (rows is not null)
        {
            attended = attended.flatten(0, 1).index_select(0, rows); // [N, D]
            hidden = hidden.flatten(0, 1).index_select(0, rows); // [N, D]
        }

        hidden = hidden + Dropout.Apply(_output.Forward(attended), _config.ResidualDropout, training);
        var mixed = _outer.Forward(Gate(_mlpNorm.Forward(hidden)));
        return (hidden + Dropout.Apply(mixed, _config.ResidualDropout, training)).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor normed, AttentionContext context)
    {
        var (query, key, value) = Inputs(normed); // [B, T, D], [B, T, H_kv·K] twice
        if (_queryNorm is not null && _keyNorm is not null)
            (query, key) = (_queryNorm.Forward(query), _keyNorm.Forward(key));
        return Attention.AttendGrouped(query, key, value, _config.HeadWidth, _layer, context);
    }

    private (Tensor Query, Tensor Key, Tensor Value) Inputs(Tensor normed)
    {
        if (_input is null)
            return (_query!.Forward(normed), _key!.Forward(normed), _value!.Forward(normed));
        var parts = _input.Forward(normed).split(_splits, -1);
        return (parts[0], parts[1], parts[2]);
    }

    /// <summary>[..., D] → [..., F].</summary>
    private Tensor Gate(Tensor normed)
    {
        var inner = _inner.Forward(normed);
        if (_up is not null)
            return _config.Activation.Gate(inner, _up.Forward(normed));
        if (!_config.IsSwiglu)
            return _config.Activation.Apply(inner);
        var halves = inner.chunk(2, -1);
        return Activation.Silu.Gate(halves[1], halves[0]);
    }

    public void Initialize(Generator generator)
    {
        foreach (var norm in (Normalization?[])[_attentionNorm, _queryNorm, _keyNorm, _mlpNorm])
        {
            if (norm is not null)
                Initialization.Identity(norm);
        }

        foreach (var map in (Linear?[])[_input, _query, _key, _value, _inner, _up])
        {
            if (map is not null)
                _config.Initialization.Fill(map, LladaRole.Inwards, generator);
        }

        _config.Initialization.Fill(_output, LladaRole.Outwards, generator, _layer);
        _config.Initialization.Fill(_outer, LladaRole.Outwards, generator, _layer);
    }
}
