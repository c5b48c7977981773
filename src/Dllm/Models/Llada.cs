using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// LLaDA (Nie et al., 2025): a transformer of OLMo's layout without a causal mask, trained as a masked diffusion model. Its blocks come as
/// Llama's or in a sequential form; its switches are OLMo's.
/// </summary>
internal sealed class Llada : Denoiser
{
    [ComponentName(Name = "model")] private readonly LladaModel _model;
    private readonly LladaConfig _config;

    public Llada(LladaConfig config, ScalarType dtype, Device device)
        : base(nameof(Llada))
    {
        _config = config;
        _model = new LladaModel(config, dtype, device);
        RegisterComponents();
    }

    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device) => new Llada(LladaConfig.Parse(json), dtype, device);

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.MaxPositions;

    public override bool TakesWholeMasks => true;

    public override IReadOnlyList<TiedWeight> TiedWeights =>
        _config.Tied ? [new("model.transformer.ff_out.weight", "model.transformer.wte.weight")] : [];

    protected override Tensor AnyParameter => _model.Transformer.Tokens.Weight;

    public override Tensor Encode(DenoiserInput input) => _model.Transformer.Forward(input);

    public override Tensor Project(Tensor hidden) => _model.Transformer.Project(hidden);

    public override void Initialize(Generator generator) => _model.Transformer.Initialize(generator);
}

/// <summary>A level that checkpoints' names have.</summary>
internal sealed class LladaModel : nn.Module
{
    [ComponentName(Name = "transformer")] private readonly LladaTransformer _transformer;

    public LladaModel(LladaConfig config, ScalarType dtype, Device device)
        : base(nameof(LladaModel))
    {
        _transformer = new LladaTransformer(config, dtype, device);
        RegisterComponents();
    }

    public LladaTransformer Transformer => _transformer;
}

internal sealed class LladaTransformer : nn.Module
{
    [ComponentName(Name = "wte")] private readonly Embedding _tokens;
    [ComponentName(Name = "blocks")] private readonly TorchSharp.Modules.ModuleList<LladaBlock>? _blocks;
    [ComponentName(Name = "block_groups")] private readonly TorchSharp.Modules.ModuleList<TorchSharp.Modules.ModuleList<LladaBlock>>? _groups;
    [ComponentName(Name = "ln_f")] private readonly Normalization _norm;
    [ComponentName(Name = "ff_out")] private readonly OutputProjection _head;
    private readonly LladaConfig _config;

    public LladaTransformer(LladaConfig config, ScalarType dtype, Device device)
        : base(nameof(LladaTransformer))
    {
        _config = config;
        _tokens = new Embedding(config.VocabularySize, config.Width, null, dtype, device);
        var blocks = Enumerable.Range(0, config.Layers).Select(layer => new LladaBlock(config, layer, dtype, device));
        if (config.GroupSize == 1)
            _blocks = new([.. blocks]);
        else
            _groups = new([.. blocks.Chunk(config.GroupSize).Select(group => new TorchSharp.Modules.ModuleList<LladaBlock>(group))]);
        _norm = LladaNorms.Build(config, config.Width, config.NormScale, dtype, device);
        _head = new OutputProjection(config.Width, config.VocabularySize, config.Tied, config.Bias && !config.Tied, dtype, device);
        RegisterComponents();
    }

    public Embedding Tokens => _tokens;

    private IEnumerable<LladaBlock> Blocks => _blocks ?? _groups!.SelectMany(group => group);

    public Tensor Forward(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        var hidden = _tokens.Forward(input.Ids); // [B, T, D]
        if (_config.ScalesEmbeddings)
            hidden = hidden * Math.Sqrt(_config.Width);
        hidden = Dropout.Apply(hidden, _config.EmbeddingDropout, training);
        var context = Context(input, hidden.dtype);
        var left = _config.Layers;
        foreach (var block in Blocks)
        {
            var rows = --left == 0 ? input.LogitPositions : null;
            var next = block.Forward(hidden, context, rows); // [B, T, D], after the last [N, D] where rows are named
            hidden.Dispose();
            hidden = next;
        }

        return _norm.Forward(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>[..., D] → [..., V].</summary>
    public Tensor Project(Tensor hidden)
    {
        var logits = _head.Forward(hidden, _tokens);
        return _config.ScalesLogits ? logits.mul_(1 / Math.Sqrt(_config.Width)) : logits;
    }

    public void Initialize(Generator generator)
    {
        var draw = _config.Initialization;
        draw.Fill(_tokens.Weight, LladaRole.Embedding, generator, _config.Width,
            factor: _config.ScalesLogits ? 0.5 * Math.Sqrt(_config.Width) : 1);
        foreach (var block in Blocks)
            block.Initialize(generator);
        Initialization.Identity(_norm);
        if (_head.Weight is { } weight)
            draw.Fill(weight, LladaRole.Head, generator, _config.Width);
        Initialization.Constant(_head.Bias, 0);
    }

    private AttentionContext Context(DenoiserInput input, ScalarType dtype)
    {
        var (tokens, device) = ((int)input.Ids.size(1), input.Ids.device);
        var mask = AttentionMasks.Decoder(input.AttentionMask, tokens, causal: false, input.Cache, dtype, device);
        var turning = _config.RotatesInFullPrecision && dtype != ScalarType.Float64 ? ScalarType.Float32 : dtype;
        var rotary = Rotary.Create(
            new RotaryOptions(_config.Theta, _config.HeadWidth), input.Cache?.FirstColumn ?? 0, tokens, input.PositionIds, turning, device);
        return new AttentionContext(
            rotary,
            AttentionMasks.Fold(mask, _config.Heads / _config.KeyHeads),
            input.Cache,
            training ? _config.AttentionDropout : 0);
    }
}
