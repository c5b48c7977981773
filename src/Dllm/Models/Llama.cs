using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// The decoder layout of Llama (Touvron et al., 2023), which Qwen and Dream share: pre-norm by root mean squares, rotary positions,
/// grouped-query attention, gated MLPs. Whether a token sees those after it is a mask: the same code serves the autoregressive
/// originals and the diffusion models made from them.
/// </summary>
internal sealed class Llama : Denoiser
{
    [ComponentName(Name = "model")] private readonly LlamaDecoder _decoder;
    [ComponentName(Name = "lm_head")] private readonly OutputProjection _head;
    private readonly LlamaConfig _config;

    /// <param name="config">Sizes and switches.</param>
    /// <param name="causal">Whether a token sees only those before it.</param>
    /// <param name="feedForward">Makes the parts of a layer that work token by token; null is a gated MLP.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public Llama(LlamaConfig config, bool causal, Func<int, LlamaFeedForward>? feedForward, ScalarType dtype, Device device)
        : base(nameof(Llama))
    {
        _config = config;
        _decoder = new LlamaDecoder(config, causal, feedForward ?? Mlp, dtype, device);
        _head = new OutputProjection(config.Width, config.VocabularySize, config.Tied, bias: false, dtype, device);
        RegisterComponents();

        LlamaFeedForward Mlp(int layer) =>
            new(new GatedMlp(config.Width, config.InnerWidth, config.Activation, config.MlpBias, dtype, device));
    }

    /// <summary>A builder for a row of <see cref="ModelFamilies"/>.</summary>
    public static Func<JsonConfig, ScalarType, Device, Denoiser> Builder(Func<JsonConfig, LlamaConfig> parse, bool causal) =>
        (json, dtype, device) => new Llama(parse(json), causal, null, dtype, device);

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.MaxPositions;

    public override bool TakesWholeMasks => true;

    public override IReadOnlyList<TiedWeight> TiedWeights => _config.Tied ? [new("lm_head.weight", "model.embed_tokens.weight")] : [];

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

internal sealed class LlamaDecoder : nn.Module
{
    [ComponentName(Name = "embed_tokens")] private readonly Embedding _tokens;
    [ComponentName(Name = "layers")] private readonly TorchSharp.Modules.ModuleList<LlamaLayer> _layers;
    [ComponentName(Name = "norm")] private readonly RmsNorm _norm;
    private readonly LlamaConfig _config;
    private readonly bool _causal;

    public LlamaDecoder(LlamaConfig config, bool causal, Func<int, LlamaFeedForward> feedForward, ScalarType dtype, Device device)
        : base(nameof(LlamaDecoder))
    {
        _config = config;
        _causal = causal;
        _tokens = new Embedding(config.VocabularySize, config.Width, config.PaddingId, dtype, device);
        _layers = new([.. Enumerable.Range(0, config.Layers)
            .Select(layer => new LlamaLayer(config, layer, feedForward(layer), dtype, device))]);
        _norm = new RmsNorm(config.Width, config.NormEpsilon, dtype, device);
        RegisterComponents();
    }

    public Embedding Tokens => _tokens;

    public Tensor Forward(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        var hidden = _tokens.Forward(input.Ids); // [B, T, D]
        var (whole, windowed) = Contexts(input, hidden.dtype);
        for (var layer = 0; layer < _layers.Count; layer++)
        {
            var rows = layer == _layers.Count - 1 ? input.LogitPositions : null;
            var context = layer < _config.FirstWindowedLayer ? whole : windowed;
            var next = _layers[layer].Forward(hidden, context, rows); // [B, T, D], after the last [N, D] where rows are named
            hidden.Dispose();
            hidden = next;
        }

        return _norm.Forward(hidden).MoveToOuterDisposeScope();
    }

    private (AttentionContext Whole, AttentionContext Windowed) Contexts(DenoiserInput input, ScalarType dtype)
    {
        var (tokens, device) = ((int)input.Ids.size(1), input.Ids.device);
        var rotary = Rotary.Create(_config.Rotary, input.Cache?.FirstColumn ?? 0, tokens, input.PositionIds, dtype, device);
        var whole = new AttentionContext(rotary, Mask(null), input.Cache, training ? _config.AttentionDropout : 0);
        return (whole, _causal && _config.Window is { } window ? whole with { Mask = Mask(window) } : whole);

        Tensor? Mask(int? window) => AttentionMasks.Fold(
            AttentionMasks.Decoder(input.AttentionMask, tokens, _causal, input.Cache, dtype, device, window), _config.Attention.Groups);
    }

    public void Initialize(Generator generator)
    {
        Initialization.Normal(_tokens.Weight, _config.InitializerRange, generator);
        _tokens.ClearPadding();
        foreach (var layer in _layers)
            layer.Initialize(generator, _config.InitializerRange);
        Initialization.Identity(_norm);
    }
}

/// <summary>What a layer does to each token by itself.</summary>
/// <param name="Mlp">A gated MLP or a mixture of experts.</param>
/// <param name="SharedExpert">An MLP beside the mixture that every token passes through, or null.</param>
internal readonly record struct LlamaFeedForward(FeedForward Mlp, FeedForward? SharedExpert = null);

internal sealed class LlamaLayer : nn.Module
{
    [ComponentName(Name = "input_layernorm")] private readonly RmsNorm _attentionNorm;
    [ComponentName(Name = "self_attn")] private readonly GroupedQueryAttention _attention;
    [ComponentName(Name = "post_attention_layernorm")] private readonly RmsNorm _mlpNorm;
    [ComponentName(Name = "mlp")] private readonly FeedForward _mlp;
    [ComponentName(Name = "shared_expert")] private readonly FeedForward? _sharedExpert;

    public LlamaLayer(LlamaConfig config, int layer, LlamaFeedForward feedForward, ScalarType dtype, Device device)
        : base(nameof(LlamaLayer))
    {
        _attentionNorm = new RmsNorm(config.Width, config.NormEpsilon, dtype, device);
        _attention = new GroupedQueryAttention(config.Attention, layer, dtype, device);
        _mlpNorm = new RmsNorm(config.Width, config.NormEpsilon, dtype, device);
        (_mlp, _sharedExpert) = feedForward;
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
        var normed = _mlpNorm.Forward(hidden);
        var changed = _mlp.Forward(normed);
        if (_sharedExpert is not null)
            changed = changed + _sharedExpert.Forward(normed);
        return (hidden + changed).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double deviation)
    {
        Initialization.Identity(_attentionNorm);
        _attention.Initialize(generator, deviation);
        Initialization.Identity(_mlpNorm);
        _mlp.Initialize(generator, deviation);
        _sharedExpert?.Initialize(generator, deviation);
    }
}
