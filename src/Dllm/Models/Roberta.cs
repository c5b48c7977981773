using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Models;

/// <summary>
/// RoBERTa as a masked language model (Liu et al., 2019): BERT's encoder, positions counted over the tokens that are not padding and
/// beginning after the padding id, a head of its own names.
/// </summary>
internal sealed class Roberta : Denoiser
{
    [ComponentName(Name = "roberta")] private readonly BertEncoder _encoder;
    [ComponentName(Name = "lm_head")] private readonly RobertaHead _head;
    private readonly BertConfig _config;
    private readonly int _paddingId;

    public Roberta(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(Roberta))
    {
        _config = config;
        _paddingId = config.PaddingId ?? DefaultPaddingId;
        _encoder = new BertEncoder(config, positionPadding: _paddingId, dtype, device);
        _head = new RobertaHead(config, dtype, device);
        RegisterComponents();
    }

    private const int DefaultPaddingId = 1;

    public static Denoiser Build(JsonConfig json, ScalarType dtype, Device device)
    {
        var config = BertConfig.Parse(json, DefaultPaddingId);
        return config.Positions > config.PaddingId + 1
            ? new Roberta(config, dtype, device)
            : throw json.Error($"max_position_embeddings {config.Positions} leaves no place after pad_token_id {config.PaddingId}");
    }

    public override int VocabularySize => _config.VocabularySize;

    public override int MaxPositions => _config.Positions - _paddingId - 1;

    public override int FirstPosition => _paddingId + 1;

    public override IReadOnlyList<TiedWeight> TiedWeights =>
    [
        .. _config.Tied ? new[] { new TiedWeight("lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight") } : [],
        new("lm_head.decoder.bias", "lm_head.bias"),
    ];

    protected override Tensor AnyParameter => _encoder.Tokens.Weight;

    public override Tensor Encode(DenoiserInput input)
    {
        CheckLength(input);
        using var scope = NewDisposeScope();
        return _encoder.Forward(input, input.PositionIds ?? CountPositions(input)).MoveToOuterDisposeScope();
    }

    public override Tensor Project(Tensor hidden) => _head.Forward(hidden, _encoder.Tokens);

    public override void Initialize(Generator generator)
    {
        _encoder.Initialize(generator, _config.InitializerRange);
        _head.Initialize(generator, _config.InitializerRange);
    }

    /// <summary>
    /// From the ids alone, whatever the attention mask says: padding stays at the padding id, the k-th other token at id + k. Columns in a
    /// cache in front of them have no ids any more, and count as tokens.
    /// </summary>
    private Tensor CountPositions(DenoiserInput input)
    {
        var real = input.Ids.ne(_paddingId).to_type(ScalarType.Int64); // [B, T]
        return (real.cumsum(1) + (input.Cache?.FirstColumn ?? 0)) * real + _paddingId;
    }
}

internal sealed class RobertaHead : nn.Module
{
    [ComponentName(Name = "dense")] private readonly Linear _dense;
    [ComponentName(Name = "layer_norm")] private readonly LayerNorm _norm;
    [ComponentName(Name = "decoder")] private readonly OutputProjection _decoder;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public RobertaHead(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(RobertaHead))
    {
        _dense = new Linear(config.Width, config.Width, true, dtype, device);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, true, dtype, device);
        _decoder = new OutputProjection(config.Width, config.VocabularySize, config.Tied, bias: false, dtype, device);
        _bias = new Parameter(empty(config.VocabularySize, dtype: dtype, device: device));
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, Embedding tokens)
    {
        using var scope = NewDisposeScope();
        var transformed = _norm.Forward(_dense.Forward(hidden).gelu()); // [..., D]; GELU whatever hidden_act says
        return _decoder.Forward(transformed, tokens, _bias).MoveToOuterDisposeScope(); // [..., V]
    }

    public void Initialize(Generator generator, double deviation)
    {
        BertEncoder.Initialize(_dense, generator, deviation);
        Initialization.Identity(_norm);
        if (_decoder.Weight is { } weight)
            Initialization.Normal(weight, deviation, generator);
        Initialization.Constant(_bias, 0);
    }
}
