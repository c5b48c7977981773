using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// GPT-2 (Radford et al., 2019): pre-norm, a table of positions, a plain MLP, a head that shares the token embedding; with its causal
/// mask, or without it as a diffusion model.
/// </summary>
internal sealed class Gpt2 : Denoiser
{
    [ComponentName(Name = "transformer")] private readonly Gpt2Decoder _decoder;
    [ComponentName(Name = "lm_head")] private readonly OutputProjection _head;
    private readonly Gpt2Config _config;

    public Gpt2(Gpt2Config config, bool causal, ScalarType dtype, Device device)
        : base(nameof(Gpt2))
    {
        _config = config;
        _decoder = new Gpt2Decoder(config, causal, dtype, device);
        _head = new OutputProjection(config.Width, config.VocabularySize, config.Tied, bias: false, dtype, device);
        RegisterComponents();
    }

    /// <summary>A builder for a row of <see cref="ModelFamilies"/>.</summary>
    public static Func<JsonConfig, ScalarType, Device, Denoiser> Builder(bool causal) =>
        (json, dtype, device) => new Gpt2(Gpt2Config.Parse(json), causal, dtype, device);

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.MaxPositions;

    public override bool TakesWholeMasks => true;

    public override IReadOnlyList<TiedWeight> TiedWeights => _config.Tied ? [new("lm_head.weight", "transformer.wte.weight")] : [];

    protected override Tensor AnyParameter => _decoder.Tokens.Weight;

    public override Tensor Encode(DenoiserInput input)
    {
        if (input.PositionIds is null)
            CheckLength(input);
        return _decoder.Forward(input);
    }

    public override Tensor Project(Tensor hidden) => _head.Forward(hidden, _decoder.Tokens); // [..., V]

    public override void Initialize(Generator generator)
    {
        _decoder.Initialize(generator);
        if (_head.Weight is { } weight)
            Initialization.Normal(weight, _config.InitializerRange, generator);
    }
}

internal sealed class Gpt2Decoder : nn.Module
{
    [ComponentName(Name = "wte")] private readonly Embedding _tokens;
    [ComponentName(Name = "wpe")] private readonly Embedding _positions;
    [ComponentName(Name = "h")] private readonly TorchSharp.Modules.ModuleList<Gpt2Block> _blocks;
    [ComponentName(Name = "ln_f")] private readonly LayerNorm _norm;
    private readonly Gpt2Config _config;
    private readonly bool _causal;

    public Gpt2Decoder(Gpt2Config config, bool causal, ScalarType dtype, Device device)
        : base(nameof(Gpt2Decoder))
    {
        _config = config;
        _causal = causal;
        _tokens = new Embedding(config.VocabularySize, config.Width, null, dtype, device);
        _positions = new Embedding(config.MaxPositions, config.Width, null, dtype, device);
        _blocks = new([.. Enumerable.Range(0, config.Layers).Select(layer => new Gpt2Block(config, layer, dtype, device))]);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, bias: true, dtype, device);
        RegisterComponents();
    }

    public Embedding Tokens => _tokens;

    public Tensor Forward(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        var (tokens, device) = ((int)input.Ids.size(1), input.Ids.device);
        var first = input.Cache?.FirstColumn ?? 0;
        var places = input.PositionIds ?? arange(first, first + tokens, ScalarType.Int64, device); // [B, T] or [T]
        var hidden = _tokens.Forward(input.Ids) + _positions.Forward(places); // [B, T, D]
        hidden = Dropout.Apply(hidden, _config.EmbeddingDropout, training);
        var mask = AttentionMasks.Decoder(input.AttentionMask, tokens, _causal, input.Cache, hidden.dtype, device);
        var context = new AttentionContext(null, mask, input.Cache, training ? _config.AttentionDropout : 0);
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            var rows = layer == _blocks.Count - 1 ? input.LogitPositions : null;
            var next = _blocks[layer].Forward(hidden, context, rows); // [B, T, D], after the last [N, D] where rows are named
            hidden.Dispose();
            hidden = next;
        }

        return _norm.Forward(hidden).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator)
    {
        Initialization.Normal(_tokens.Weight, _config.InitializerRange, generator);
        Initialization.Normal(_positions.Weight, _config.InitializerRange, generator);
        foreach (var block in _blocks)
            block.Initialize(generator);
        Initialization.Identity(_norm);
    }
}

internal sealed class Gpt2Block : nn.Module
{
    [ComponentName(Name = "ln_1")] private readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "attn")] private readonly Gpt2Attention _attention;
    [ComponentName(Name = "ln_2")] private readonly LayerNorm _mlpNorm;
    [ComponentName(Name = "mlp")] private readonly Gpt2Mlp _mlp;
    private readonly Gpt2Config _config;

    public Gpt2Block(Gpt2Config config, int layer, ScalarType dtype, Device device)
        : base(nameof(Gpt2Block))
    {
        _config = config;
        _attentionNorm = new LayerNorm(config.Width, config.NormEpsilon, bias: true, dtype, device);
        _attention = new Gpt2Attention(config, layer, dtype, device);
        _mlpNorm = new LayerNorm(config.Width, config.NormEpsilon, bias: true, dtype, device);
        _mlp = new Gpt2Mlp(config, dtype, device);
        RegisterComponents();
    }

    /// <summary>[B, T, D] → [B, T, D], or the named rows of it [N, D]: behind the attention a row needs no other.</summary>
    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var attended = _attention.Attend(_attentionNorm.Forward(hidden), context); // [B, T, D]
        if (rows is not null)
        {
            attended = attended.flatten(0, 1).index_select(0, rows); // [N, D]
            hidden = hidden.flatten(0, 1).index_select(0, rows); // [N, D]
        }

        hidden = hidden + Dropout.Apply(_attention.Output(attended), _config.ResidualDropout, training);
        var mixed = _mlp.Forward(_mlpNorm.Forward(hidden));
        return (hidden + Dropout.Apply(mixed, _config.ResidualDropout, training)).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator)
    {
        var outer = _config.InitializerRange / Math.Sqrt(2.0 * _config.Layers); // what adds to the residual stream, damped by depth
        Initialization.Identity(_attentionNorm);
        _attention.Initialize(generator, _config.InitializerRange, outer);
        Initialization.Identity(_mlpNorm);
        _mlp.Initialize(generator, _config.InitializerRange, outer);
    }
}

internal sealed class Gpt2Attention : nn.Module
{
    [ComponentName(Name = "c_attn")] private readonly TransposedLinear _input;
    [ComponentName(Name = "c_proj")] private readonly TransposedLinear _output;
    private readonly int _headWidth;
    private readonly int _layer;

    /// <summary>What makes up for the 1/√K that attention divides by, where the scores are scaled otherwise.</summary>
    private readonly double _queryScale;

    public Gpt2Attention(Gpt2Config config, int layer, ScalarType dtype, Device device)
        : base(nameof(Gpt2Attention))
    {
        _input = new TransposedLinear(config.Width, 3 * config.Width, dtype, device);
        _output = new TransposedLinear(config.Width, config.Width, dtype, device);
        _headWidth = config.HeadWidth;
        _layer = layer;
        _queryScale = (config.ScalesByHeadWidth ? 1 : Math.Sqrt(config.HeadWidth)) / (config.ScalesByLayer ? layer + 1 : 1);
        RegisterComponents();
    }

    /// <summary>What the heads gather, not yet mixed: [B, T, D] → [B, T, D].</summary>
    public Tensor Attend(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var parts = _input.Forward(hidden).chunk(3, -1); // [B, T, D] each
        var query = _queryScale == 1 ? parts[0] : parts[0] * _queryScale;
        return Attention.AttendGrouped(query, parts[1], parts[2], _headWidth, _layer, context).MoveToOuterDisposeScope();
    }

    /// <summary>Mixes what the heads gathered: [..., D] → [..., D].</summary>
    public Tensor Output(Tensor attended) => _output.Forward(attended);

    public void Initialize(Generator generator, double inner, double outer)
    {
        _input.Initialize(generator, inner);
        _output.Initialize(generator, outer);
    }
}

internal sealed class Gpt2Mlp : nn.Module
{
    [ComponentName(Name = "c_fc")] private readonly TransposedLinear _inner;
    [ComponentName(Name = "c_proj")] private readonly TransposedLinear _outer;
    private readonly Activation _activation;

    public Gpt2Mlp(Gpt2Config config, ScalarType dtype, Device device)
        : base(nameof(Gpt2Mlp))
    {
        _inner = new TransposedLinear(config.Width, config.InnerWidth, dtype, device);
        _outer = new TransposedLinear(config.InnerWidth, config.Width, dtype, device);
        _activation = config.Activation;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return _outer.Forward(_activation.Apply(_inner.Forward(hidden))).MoveToOuterDisposeScope(); // [..., D]
    }

    public void Initialize(Generator generator, double inner, double outer)
    {
        _inner.Initialize(generator, inner);
        _outer.Initialize(generator, outer);
    }
}
