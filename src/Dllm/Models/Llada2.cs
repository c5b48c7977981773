using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// LLaDA 2.0 and 2.1 (Bie et al., 2025), in the layout of Bailing-MoE: a decoder whose layers, but for the first, are mixtures of experts.
/// Block diffusion says by a mask of four dimensions what a token sees. Where there is none it is as in the original: a token sees all
/// while nothing is padding, and those before it where something is, or where a cache holds columns.
/// </summary>
internal sealed class Llada2 : Denoiser
{
    [ComponentName(Name = "model")] private readonly Llada2Decoder _decoder;
    [ComponentName(Name = "lm_head")] private readonly OutputProjection _head;
    private readonly Llada2Config _config;

    public Llada2(Llada2Config config, ScalarType dtype, Device device)
        : base(nameof(Llada2))
    {
        _config = config;
        _decoder = new Llada2Decoder(config, dtype, device);
        _head = new OutputProjection(config.Attention.Width, config.VocabularySize, config.Tied, bias: false, dtype, device);
        RegisterComponents();
    }

    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device) => new Llada2(Llada2Config.Parse(json), dtype, device);

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.MaxPositions;

    public override bool TakesWholeMasks => true;

    public override bool NeedsWholeMasks => true;

    public override IReadOnlyList<TiedWeight> TiedWeights => _config.Tied ? [new("lm_head.weight", "model.word_embeddings.weight")] : [];

    protected override Tensor AnyParameter => _decoder.Tokens.Weight;

    public override Tensor Encode(DenoiserInput input) => _decoder.Forward(input);

    public override Tensor Project(Tensor hidden) => _head.Forward(hidden, _decoder.Tokens); // [..., V]

    public override void Initialize(Generator generator)
    {
        _decoder.Initialize(generator);
        if (_head.Weight is { } weight)
            Initialization.Normal(weight, _config.InitializerRange, generator);
    }
}

internal sealed class Llada2Decoder : nn.Module
{
    [ComponentName(Name = "word_embeddings")] private readonly Embedding _tokens;
    [ComponentName(Name = "layers")] private readonly TorchSharp.Modules.ModuleList<Llada2Layer> _layers;
    [ComponentName(Name = "norm")] private readonly RmsNorm _norm;
    private readonly Llada2Config _config;

    public Llada2Decoder(Llada2Config config, ScalarType dtype, Device device)
        : base(nameof(Llada2Decoder))
    {
        _config = config;
        _tokens = new Embedding(config.VocabularySize, config.Attention.Width, config.PaddingId, dtype, device);
        _layers = new([.. Enumerable.Range(0, config.Layers).Select(layer => new Llada2Layer(config, layer, dtype, device))]);
        _norm = new RmsNorm(config.Attention.Width, config.NormEpsilon, dtype, device);
        RegisterComponents();
    }

    public Embedding Tokens => _tokens;

    public Tensor Forward(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        var hidden = _tokens.Forward(input.Ids); // [B, T, D]
        var context = Context(input, hidden.dtype);
        for (var layer = 0; layer < _layers.Count; layer++)
        {
            var rows = layer == _layers.Count - 1 ? input.LogitPositions : null;
            var next = _layers[layer].Forward(hidden, context, rows); // [B, T, D], after the last [N, D] where rows are named
            hidden.Dispose();
            hidden = next;
        }

        return _norm.Forward(hidden).MoveToOuterDisposeScope();
    }

    private AttentionContext Context(DenoiserInput input, ScalarType dtype)
    {
        var (tokens, device) = ((int)input.Ids.size(1), input.Ids.device);
        var mask = AttentionMasks.Decoder(input.AttentionMask, tokens, IsCausal(input, tokens), input.Cache, dtype, device);
        var rotary = Rotary.Create(_config.Rotary, input.Cache?.FirstColumn ?? 0, tokens, input.PositionIds, dtype, device);
        return new AttentionContext(
            rotary, AttentionMasks.Fold(mask, _config.Attention.Groups), input.Cache, training ? _config.AttentionDropout : 0);
    }

    private static bool IsCausal(DenoiserInput input, int tokens)
    {
        if (input.Cache is { } cache && cache.VisibleColumns(tokens) != tokens)
            return true;
        if (input.AttentionMask is not { } mask || mask.dim() != 2)
            return false;
        using var padding = mask.eq(0);
        using var any = padding.any();
        return any.item<bool>();
    }

    public void Initialize(Generator generator)
    {
        Initialization.Normal(_tokens.Weight, _config.InitializerRange, generator);
        if (_config.PaddingId is { } padding)
            Initialization.Constant(_tokens.Weight[padding], 0);
        foreach (var layer in _layers)
            layer.Initialize(generator, _config.InitializerRange);
        Initialization.Identity(_norm);
    }
}

internal sealed class Llada2Layer : nn.Module
{
    [ComponentName(Name = "input_layernorm")] private readonly RmsNorm _attentionNorm;
    [ComponentName(Name = "attention")] private readonly Llada2Attention _attention;
    [ComponentName(Name = "post_attention_layernorm")] private readonly RmsNorm _mlpNorm;
    [ComponentName(Name = "mlp")] private readonly FeedForward _mlp;

    public Llada2Layer(Llada2Config config, int layer, ScalarType dtype, Device device)
        : base(nameof(Llada2Layer))
    {
        var width = config.Attention.Width;
        _attentionNorm = new RmsNorm(width, config.NormEpsilon, dtype, device);
        _attention = new Llada2Attention(config.Attention, layer, dtype, device);
        _mlpNorm = new RmsNorm(width, config.NormEpsilon, dtype, device);
        _mlp = config.Mixture is { } mixture && layer >= config.DenseLayers
            ? new GroupedMixture(mixture, config.Choice, config.SharedExperts, dtype, device)
            : new GatedMlp(width, config.InnerWidth, config.Activation, bias: false, dtype, device);
        RegisterComponents();
    }

    /// <summary>[B, T, D] → [B, T, D], or the named rows of it [N, D]: behind the attention a row needs no other.</summary>
    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var attended = _attention.Attend(_attentionNorm.Forward(hidden), context); // [B, T, H·K]
        if (rows is not null)
        {
            attended = attended.flatten(0, 1).index_select(0, rows); // [N, H·K]
            hidden = hidden.flatten(0, 1).index_select(0, rows); // [N, D]
        }

        hidden = hidden + _attention.Output(attended);
        return (hidden + _mlp.Forward(_mlpNorm.Forward(hidden))).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double deviation)
    {
        Initialization.Identity(_attentionNorm);
        _attention.Initialize(generator, deviation);
        Initialization.Identity(_mlpNorm);
        _mlp.Initialize(generator, deviation);
    }
}

internal sealed class Llada2Attention : nn.Module
{
    [ComponentName(Name = "query_key_value")] private readonly Linear _input;
    [ComponentName(Name = "query_layernorm")] private readonly RmsNorm? _queryNorm;
    [ComponentName(Name = "key_layernorm")] private readonly RmsNorm? _keyNorm;
    [ComponentName(Name = "dense")] private readonly Linear _output;
    private readonly AttentionShape _shape;
    private readonly int _layer;

    public Llada2Attention(AttentionShape shape, int layer, ScalarType dtype, Device device)
        : base(nameof(Llada2Attention))
    {
        _shape = shape;
        _layer = layer;
        _input = new Linear(shape.Width, (shape.Heads + 2 * shape.KeyHeads) * shape.HeadWidth, shape.InputBias, dtype, device);
        _queryNorm = shape.HeadNormEpsilon is { } first ? new RmsNorm(shape.HeadWidth, first, dtype, device) : null;
        _keyNorm = shape.HeadNormEpsilon is { } second ? new RmsNorm(shape.HeadWidth, second, dtype, device) : null;
        _output = new Linear(shape.Heads * shape.HeadWidth, shape.Width, shape.OutputBias, dtype, device);
        RegisterComponents();
    }

    /// <summary>What the heads gather, not yet mixed: [B, T, D] → [B, T, H·K].</summary>
    public Tensor Attend(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var heads = Attention.Split(_input.Forward(hidden), _shape.HeadWidth); // [B, H + 2·H_kv, T, K]
        var query = heads.narrow(1, 0, _shape.Heads); // [B, H, T, K]
        var key = heads.narrow(1, _shape.Heads, _shape.KeyHeads); // [B, H_kv, T, K]
        var value = heads.narrow(1, _shape.Heads + _shape.KeyHeads, _shape.KeyHeads);
        if (_queryNorm is not null && _keyNorm is not null)
            (query, key) = (_queryNorm.Forward(query), _keyNorm.Forward(key));
        return Attention.AttendHeads(query, key, value, _layer, context).MoveToOuterDisposeScope();
    }

    /// <summary>Mixes what the heads gathered: [..., H·K] → [..., D].</summary>
    public Tensor Output(Tensor attended) => _output.Forward(attended);

    public void Initialize(Generator generator, double deviation)
    {
        _input.Initialize(generator, deviation);
        _output.Initialize(generator, deviation);
        foreach (var norm in (RmsNorm?[])[_queryNorm, _keyNorm])
        {
            if (norm is not null)
                Initialization.Identity(norm);
        }
    }
}
