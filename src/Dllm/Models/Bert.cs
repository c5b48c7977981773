using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Models;

/// <summary>BERT as a masked language model (Devlin et al., 2019).</summary>
internal sealed class Bert : Denoiser, IEditEncoder
{
    [ComponentName(Name = "bert")] private readonly BertEncoder _encoder;
    [ComponentName(Name = "cls")] private readonly BertHead _head;
    private readonly BertConfig _config;

    public Bert(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(Bert))
    {
        _config = config;
        _encoder = new BertEncoder(config, positionPadding: null, dtype, device);
        _head = new BertHead(config, dtype, device);
        RegisterComponents();
    }

    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device) =>
        new Bert(BertConfig.Parse(json, paddingId: 0), dtype, device);

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.Positions;

    public override IReadOnlyList<TiedWeight> TiedWeights =>
    [
        .. _config.Tied ? new[] { new TiedWeight("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight") } : [],
        new("cls.predictions.decoder.bias", "cls.predictions.bias"),
    ];

    protected override Tensor AnyParameter => _encoder.Tokens.Weight;

    public override Tensor Encode(DenoiserInput input)
    {
        CheckLength(input);
        return _encoder.Forward(input, input.PositionIds);
    }

    /// <summary>The transformed state that the head's last map reads, as in ModernBERT.</summary>
    public Tensor EncodeForEdits(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        return _head.Transform(Encode(input)).MoveToOuterDisposeScope(); // [B, T, D]
    }

    public override Tensor Project(Tensor hidden) => _head.Forward(hidden, _encoder.Tokens);

    public override void Initialize(Generator generator)
    {
        _encoder.Initialize(generator, _config.InitializerRange);
        _head.Initialize(generator, _config.InitializerRange);
    }
}

internal sealed class BertHead : nn.Module
{
    [ComponentName(Name = "predictions")] private readonly BertPredictions _predictions;

    public BertHead(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(BertHead))
    {
        _predictions = new BertPredictions(config, dtype, device);
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, Embedding tokens) => _predictions.Forward(hidden, tokens);

    public Tensor Transform(Tensor hidden) => _predictions.Transform(hidden);

    public void Initialize(Generator generator, double deviation) => _predictions.Initialize(generator, deviation);
}

internal sealed class BertPredictions : nn.Module
{
    [ComponentName(Name = "transform")] private readonly BertTransform _transform;
    [ComponentName(Name = "decoder")] private readonly OutputProjection _decoder;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public BertPredictions(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(BertPredictions))
    {
        _transform = new BertTransform(config, dtype, device);
        _decoder = new OutputProjection(config.Width, config.VocabularySize, config.Tied, bias: false, dtype, device);
        _bias = new Parameter(empty(config.VocabularySize, dtype: dtype, device: device));
        RegisterComponents();
    }

    public Tensor Transform(Tensor hidden) => _transform.Forward(hidden);

    public Tensor Forward(Tensor hidden, Embedding tokens)
    {
        using var scope = NewDisposeScope();
        return _decoder.Forward(_transform.Forward(hidden), tokens, _bias).MoveToOuterDisposeScope(); // [..., V]
    }

    public void Initialize(Generator generator, double deviation)
    {
        _transform.Initialize(generator, deviation);
        if (_decoder.Weight is { } weight)
            Initialization.Normal(weight, deviation, generator);
        Initialization.Constant(_bias, 0);
    }
}

internal sealed class BertTransform : nn.Module
{
    [ComponentName(Name = "dense")] private readonly Linear _dense;
    [ComponentName(Name = "LayerNorm")] private readonly LayerNorm _norm;
    private readonly Activation _activation;

    public BertTransform(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(BertTransform))
    {
        _dense = new Linear(config.Width, config.Width, true, dtype, device);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, true, dtype, device);
        _activation = config.Activation;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return _norm.Forward(_activation.Apply(_dense.Forward(hidden))).MoveToOuterDisposeScope(); // [..., D]
    }

    public void Initialize(Generator generator, double deviation)
    {
        BertEncoder.Initialize(_dense, generator, deviation);
        Initialization.Identity(_norm);
    }
}
