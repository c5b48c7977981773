using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// ModernBERT as a masked language model (Warner et al., 2024): pre-norm, rotary positions with a base each for global and local layers,
/// gated MLPs, every third layer global and the others within a window, and a head that shares the token embedding.
/// </summary>
internal sealed class ModernBert : Denoiser, IEditEncoder
{
    [ComponentName(Name = "model")] private readonly ModernBertEncoder _encoder;
    [ComponentName(Name = "head")] private readonly ModernBertHead _head;
    [ComponentName(Name = "decoder")] private readonly OutputProjection _decoder;
    private readonly ModernBertConfig _config;

    public ModernBert(ModernBertConfig config, ScalarType dtype, Device device)
        : base(nameof(ModernBert))
    {
        _config = config;
        _encoder = new ModernBertEncoder(config, dtype, device);
        _head = new ModernBertHead(config, dtype, device);
        _decoder = new OutputProjection(config.Width, config.VocabularySize, config.Tied, config.DecoderBias, dtype, device);
        RegisterComponents();
    }

    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device) =>
        new ModernBert(ModernBertConfig.Parse(json), dtype, device);

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.MaxPositions;

    public override IReadOnlyList<TiedWeight> TiedWeights =>
        _config.Tied ? [new("decoder.weight", "model.embeddings.tok_embeddings.weight")] : [];

    protected override Tensor AnyParameter => _encoder.Tokens.Weight;

    public override Tensor Encode(DenoiserInput input) => _encoder.Forward(input);

    /// <summary>The transformed state that the head reads, of the residual stream before its final norm.</summary>
    public Tensor EncodeForEdits(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        return _head.Forward(_encoder.Forward(input, norm: false)).MoveToOuterDisposeScope(); // [B, T, D]
    }

    public override Tensor Project(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return _decoder.Forward(_head.Forward(hidden), _encoder.Tokens).MoveToOuterDisposeScope(); // [..., V]
    }

    public override void Initialize(Generator generator)
    {
        var inner = _config.InitializerRange;
        var outer = inner / Math.Sqrt(2.0 * _config.GlobalLayers.Count); // what adds to the residual stream, damped by depth
        _encoder.Initialize(generator, inner, outer, _config.InitializerCutoff);
        _head.Initialize(generator, outer, _config.InitializerCutoff);
        if (_decoder.Weight is { } weight)
            Initialization.TruncatedNormal(weight, outer, _config.InitializerCutoff, generator);
        Initialization.Constant(_decoder.Bias, 0);
    }
}

internal sealed class ModernBertEncoder : nn.Module
{
    [ComponentName(Name = "embeddings")] private readonly ModernBertEmbeddings _embeddings;
    [ComponentName(Name = "layers")] private readonly TorchSharp.Modules.ModuleList<ModernBertLayer> _layers;
    [ComponentName(Name = "final_norm")] private readonly LayerNorm _finalNorm;
    private readonly ModernBertConfig _config;

    public ModernBertEncoder(ModernBertConfig config, ScalarType dtype, Device device)
        : base(nameof(ModernBertEncoder))
    {
        _config = config;
        _embeddings = new ModernBertEmbeddings(config, dtype, device);
        _layers = new([.. config.GlobalLayers.Select((_, layer) => new ModernBertLayer(config, layer, dtype, device))]);
        _finalNorm = new LayerNorm(config.Width, config.NormEpsilon, config.NormBias, dtype, device);
        RegisterComponents();
    }

    public Embedding Tokens => _embeddings.Tokens;

    public Tensor Forward(DenoiserInput input, bool norm = true)
    {
        using var scope = NewDisposeScope();
        var hidden = _embeddings.Forward(input.Ids); // [B, T, D]
        var (global, local) = Contexts(input, hidden.dtype);
        for (var layer = 0; layer < _layers.Count; layer++)
        {
            var context = _config.GlobalLayers[layer] ? global : local;
            var rows = layer == _layers.Count - 1 ? input.LogitPositions : null;
            var next = _layers[layer].Forward(hidden, context, rows); // [B, T, D], after the last [N, D] where rows are named
            hidden.Dispose();
            hidden = next;
        }

        return (norm ? _finalNorm.Forward(hidden) : hidden).MoveToOuterDisposeScope();
    }

    private (AttentionContext Global, AttentionContext Local) Contexts(DenoiserInput input, ScalarType type)
    {
        var (tokens, first, device) = ((int)input.Ids.size(1), input.Cache?.FirstColumn ?? 0, input.Ids.device);
        var padding = AttentionMasks.Encoder(input.AttentionMask, tokens, input.Cache, type); // [B, 1, 1, S]
        var window = AttentionMasks.Window(tokens, _config.Reach, padding, input.Cache, type, device); // [B or 1, 1, T, S]
        return (
            new(Turning(_config.GlobalTheta), padding, input.Cache),
            new(Turning(_config.LocalTheta), window, input.Cache, Reach: _config.Reach));

        Rotary Turning(double theta) =>
            Rotary.Create(new RotaryOptions(theta, _config.HeadWidth), first, tokens, input.PositionIds, type, device);
    }

    public void Initialize(Generator generator, double inner, double outer, double cutoff)
    {
        _embeddings.Initialize(generator, inner, cutoff);
        foreach (var layer in _layers)
            layer.Initialize(generator, inner, outer, cutoff);
        Initialization.Identity(_finalNorm);
    }
}

internal sealed class ModernBertEmbeddings : nn.Module
{
    [ComponentName(Name = "tok_embeddings")] private readonly Embedding _tokens;
    [ComponentName(Name = "norm")] private readonly LayerNorm _norm;
    private readonly double _dropout;

    public ModernBertEmbeddings(ModernBertConfig config, ScalarType dtype, Device device)
        : base(nameof(ModernBertEmbeddings))
    {
        _tokens = new Embedding(config.VocabularySize, config.Width, config.PaddingId, dtype, device);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, config.NormBias, dtype, device);
        _dropout = config.EmbeddingDropout;
        RegisterComponents();
    }

    public Embedding Tokens => _tokens;

    public Tensor Forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return Dropout.Apply(_norm.Forward(_tokens.Forward(ids)), _dropout, training).MoveToOuterDisposeScope(); // [B, T, D]
    }

    public void Initialize(Generator generator, double deviation, double cutoff)
    {
        Initialization.TruncatedNormal(_tokens.Weight, deviation, cutoff, generator);
        Initialization.Identity(_norm);
    }
}

internal sealed class ModernBertLayer : nn.Module
{
    /// <summary>Absent in the first layer, whose input is normalised already.</summary>
    [ComponentName(Name = "attn_norm")] private readonly LayerNorm? _attentionNorm;
    [ComponentName(Name = "attn")] private readonly ModernBertAttention _attention;
    [ComponentName(Name = "mlp_norm")] private readonly LayerNorm _mlpNorm;
    [ComponentName(Name = "mlp")] private readonly ModernBertMlp _mlp;

    public ModernBertLayer(ModernBertConfig config, int layer, ScalarType dtype, Device device)
        : base(nameof(ModernBertLayer))
    {
        _attentionNorm = layer == 0 ? null : new LayerNorm(config.Width, config.NormEpsilon, config.NormBias, dtype, device);
        _attention = new ModernBertAttention(config, layer, dtype, device);
        _mlpNorm = new LayerNorm(config.Width, config.NormEpsilon, config.NormBias, dtype, device);
        _mlp = new ModernBertMlp(config, dtype, device);
        RegisterComponents();
    }

    /// <summary>[B, T, D] → [B, T, D], or the named rows of it [N, D]: behind the attention a row needs no other.</summary>
    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var attended = _attention.Attend(_attentionNorm?.Forward(hidden) ?? hidden, context); // [B, T, D]
        if (rows is not null)
        {
            attended = attended.flatten(0, 1).index_select(0, rows); // [N, D]
            hidden = hidden.flatten(0, 1).index_select(0, rows); // [N, D]
        }

        hidden = hidden + _attention.Output(attended);
        return (hidden + _mlp.Forward(_mlpNorm.Forward(hidden))).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double inner, double outer, double cutoff)
    {
        if (_attentionNorm is not null)
            Initialization.Identity(_attentionNorm);
        _attention.Initialize(generator, inner, outer, cutoff);
        Initialization.Identity(_mlpNorm);
        _mlp.Initialize(generator, inner, outer, cutoff);
    }
}

internal sealed class ModernBertAttention : nn.Module
{
    [ComponentName(Name = "Wqkv")] private readonly Linear _input;
    [ComponentName(Name = "Wo")] private readonly Linear _output;
    private readonly int _heads;
    private readonly int _layer;
    private readonly double _dropout;

    public ModernBertAttention(ModernBertConfig config, int layer, ScalarType dtype, Device device)
        : base(nameof(ModernBertAttention))
    {
        _input = new Linear(config.Width, 3 * config.Width, config.AttentionBias, dtype, device);
        _output = new Linear(config.Width, config.Width, config.AttentionBias, dtype, device);
        (_heads, _layer) = (config.Heads, layer);
        _dropout = config.AttentionDropout;
        RegisterComponents();
    }

    /// <summary>What the heads gather, not yet mixed: [B, T, D] → [B, T, D].</summary>
    public Tensor Attend(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var heads = _input.Forward(hidden) // [B, T, 3D]
            .view(hidden.size(0), hidden.size(1), 3, _heads, -1) // [B, T, 3, H, K]
            .permute(2, 0, 3, 1, 4); // [3, B, H, T, K]
        var turned = context.Rotary!.Value.Apply(heads.narrow(0, 0, 2)); // [2, B, H, T, K]: queries and keys
        context = context with { Rotary = null, Dropout = training ? _dropout : 0 };
        return Attention.AttendHeads(turned[0], turned[1], heads[2], _layer, context).MoveToOuterDisposeScope();
    }

    /// <summary>Mixes the heads: [..., D] → [..., D].</summary>
    public Tensor Output(Tensor attended)
    {
        using var scope = NewDisposeScope();
        return Dropout.Apply(_output.Forward(attended), _dropout, training).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double inner, double outer, double cutoff)
    {
        Initialization.TruncatedNormal(_input.Weight, inner, cutoff, generator);
        Initialization.Constant(_input.Bias, 0);
        Initialization.TruncatedNormal(_output.Weight, outer, cutoff, generator);
        Initialization.Constant(_output.Bias, 0);
    }
}

internal sealed class ModernBertMlp : nn.Module
{
    [ComponentName(Name = "Wi")] private readonly Linear _input;
    [ComponentName(Name = "Wo")] private readonly Linear _output;
    private readonly Activation _activation;
    private readonly double _dropout;

    public ModernBertMlp(ModernBertConfig config, ScalarType dtype, Device device)
        : base(nameof(ModernBertMlp))
    {
        _input = new Linear(config.Width, 2 * config.InnerWidth, config.MlpBias, dtype, device);
        _output = new Linear(config.InnerWidth, config.Width, config.MlpBias, dtype, device);
        _activation = config.HiddenActivation;
        _dropout = config.MlpDropout;
        RegisterComponents();
    }

    /// <summary>A gated unit (Shazeer, 2020), [..., D] → [..., D].</summary>
    public Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var halves = _input.Forward(hidden).chunk(2, -1); // 2 × [..., F]
        var gated = Dropout.Apply(_activation.Gate(halves[0], halves[1]), _dropout, training);
        return _output.Forward(gated).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double inner, double outer, double cutoff)
    {
        Initialization.TruncatedNormal(_input.Weight, inner, cutoff, generator);
        Initialization.Constant(_input.Bias, 0);
        Initialization.TruncatedNormal(_output.Weight, outer, cutoff, generator);
        Initialization.Constant(_output.Bias, 0);
    }
}

internal sealed class ModernBertHead : nn.Module
{
    [ComponentName(Name = "dense")] private readonly Linear _dense;
    [ComponentName(Name = "norm")] private readonly LayerNorm _norm;
    private readonly Activation _activation;

    public ModernBertHead(ModernBertConfig config, ScalarType dtype, Device device)
        : base(nameof(ModernBertHead))
    {
        _dense = new Linear(config.Width, config.Width, config.HeadBias, dtype, device);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, config.NormBias, dtype, device);
        _activation = config.HeadActivation;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return _norm.Forward(_activation.Apply(_dense.Forward(hidden))).MoveToOuterDisposeScope(); // [..., D]
    }

    public void Initialize(Generator generator, double deviation, double cutoff)
    {
        Initialization.TruncatedNormal(_dense.Weight, deviation, cutoff, generator);
        Initialization.Constant(_dense.Bias, 0);
        Initialization.Identity(_norm);
    }
}
