using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// The encoder that BERT and RoBERTa share, checkpoint names included: learned positions, post-norm layers (Devlin et al., 2019).
/// </summary>
internal sealed class BertEncoder : nn.Module
{
    [ComponentName(Name = "embeddings")] private readonly BertEmbeddings _embeddings;
    [ComponentName(Name = "encoder")] private readonly BertLayers _layers;

    public BertEncoder(BertConfig config, int? positionPadding, ScalarType dtype, Device device)
        : base(nameof(BertEncoder))
    {
        _embeddings = new BertEmbeddings(config, positionPadding, dtype, device);
        _layers = new BertLayers(config, dtype, device);
        RegisterComponents();
    }

    public Embedding Tokens => _embeddings.Tokens;

    /// <summary>[B, T] → [B, T, D], or [N, D] of the rows named in the input.</summary>
    public Tensor Forward(DenoiserInput input, Tensor? positions)
    {
        using var scope = NewDisposeScope();
        var embedded = _embeddings.Forward(input, positions); // [B, T, D]
        var mask = AttentionMasks.Encoder(input.AttentionMask, input.Ids.size(1), input.Cache, embedded.dtype); // [B, 1, 1, S]
        return _layers.Forward(embedded, new AttentionContext(null, mask, input.Cache), input.LogitPositions).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double deviation)
    {
        _embeddings.Initialize(generator, deviation);
        _layers.Initialize(generator, deviation);
    }

    /// <summary>Weights normal, offsets 0: what both families do to every linear map.</summary>
    public static void Initialize(Linear linear, Generator generator, double deviation)
    {
        Initialization.Normal(linear.Weight, deviation, generator);
        Initialization.Constant(linear.Bias, 0);
    }
}

internal sealed class BertEmbeddings : nn.Module
{
    [ComponentName(Name = "word_embeddings")] private readonly Embedding _tokens;
    [ComponentName(Name = "position_embeddings")] private readonly Embedding _positions;
    [ComponentName(Name = "token_type_embeddings")] private readonly Embedding _types;
    [ComponentName(Name = "LayerNorm")] private readonly LayerNorm _norm;
    private readonly double _dropout;

    public BertEmbeddings(BertConfig config, int? positionPadding, ScalarType dtype, Device device)
        : base(nameof(BertEmbeddings))
    {
        _tokens = new Embedding(config.VocabularySize, config.Width, config.PaddingId, dtype, device);
        _positions = new Embedding(config.Positions, config.Width, positionPadding, dtype, device);
        _types = new Embedding(config.TokenTypes, config.Width, null, dtype, device);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, true, dtype, device);
        _dropout = config.HiddenDropout;
        RegisterComponents();
    }

    public Embedding Tokens => _tokens;

    public Tensor Forward(DenoiserInput input, Tensor? positions)
    {
        using var scope = NewDisposeScope();
        var places = positions is null
            ? _positions.Weight.narrow(0, input.Cache?.FirstColumn ?? 0, input.Ids.size(1)) // [T, D]
            : _positions.Forward(positions); // [B, T, D]
        var segments = input.TokenTypeIds is null
            ? _types.Weight[0] // [D]
            : _types.Forward(input.TokenTypeIds); // [B, T, D]
        var sum = _tokens.Forward(input.Ids) + segments + places; // [B, T, D]
        return Dropout.Apply(_norm.Forward(sum), _dropout, training).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double deviation)
    {
        foreach (var table in (Embedding[])[_tokens, _positions, _types])
        {
            Initialization.Normal(table.Weight, deviation, generator);
            if (table.PaddingId is not { } padding)
                continue;
            using var row = table.Weight[padding];
            Initialization.Constant(row, 0);
        }

        Initialization.Identity(_norm);
    }
}

internal sealed class BertLayers : nn.Module
{
    [ComponentName(Name = "layer")] private readonly TorchSharp.Modules.ModuleList<BertLayer> _layers;

    public BertLayers(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(BertLayers))
    {
        _layers = new([.. Enumerable.Range(0, config.Layers).Select(layer => new BertLayer(config, layer, dtype, device))]);
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        for (var layer = 0; layer < _layers.Count; layer++)
        {
            var next = _layers[layer].Forward(hidden, context, layer == _layers.Count - 1 ? rows : null);
            hidden.Dispose();
            hidden = next;
        }

        return hidden;
    }

    public void Initialize(Generator generator, double deviation)
    {
        foreach (var layer in _layers)
            layer.Initialize(generator, deviation);
    }
}

internal sealed class BertLayer : nn.Module
{
    [ComponentName(Name = "attention")] private readonly BertAttention _attention;
    [ComponentName(Name = "intermediate")] private readonly BertIntermediate _inner;
    [ComponentName(Name = "output")] private readonly BertOutput _output;

    public BertLayer(BertConfig config, int layer, ScalarType dtype, Device device)
        : base(nameof(BertLayer))
    {
        _attention = new BertAttention(config, layer, dtype, device);
        _inner = new BertIntermediate(config, dtype, device);
        _output = new BertOutput(config.InnerWidth, config, dtype, device);
        RegisterComponents();
    }

    /// <summary>[B, T, D] → [B, T, D], or the named rows of it [N, D]: behind the attention a row needs no other.</summary>
    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var attended = _attention.Forward(hidden, context, rows);
        return _output.Forward(_inner.Forward(attended), attended).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double deviation)
    {
        _attention.Initialize(generator, deviation);
        _inner.Initialize(generator, deviation);
        _output.Initialize(generator, deviation);
    }
}

internal sealed class BertAttention : nn.Module
{
    [ComponentName(Name = "self")] private readonly BertSelfAttention _self;
    [ComponentName(Name = "output")] private readonly BertOutput _output;

    public BertAttention(BertConfig config, int layer, ScalarType dtype, Device device)
        : base(nameof(BertAttention))
    {
        _self = new BertSelfAttention(config, layer, dtype, device);
        _output = new BertOutput(config.Width, config, dtype, device);
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, AttentionContext context, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        var attended = _self.Forward(hidden, context); // [B, T, D]
        if (rows is not null)
        {
            attended = attended.flatten(0, 1).index_select(0, rows); // [N, D]
            hidden = hidden.flatten(0, 1).index_select(0, rows); // [N, D]
        }

        return _output.Forward(attended, hidden).MoveToOuterDisposeScope();
    }

    public void Initialize(Generator generator, double deviation)
    {
        _self.Initialize(generator, deviation);
        _output.Initialize(generator, deviation);
    }
}

internal sealed class BertSelfAttention : nn.Module
{
    [ComponentName(Name = "query")] private readonly Linear _query;
    [ComponentName(Name = "key")] private readonly Linear _key;
    [ComponentName(Name = "value")] private readonly Linear _value;
    private readonly int _headWidth;
    private readonly int _layer;
    private readonly double _dropout;

    public BertSelfAttention(BertConfig config, int layer, ScalarType dtype, Device device)
        : base(nameof(BertSelfAttention))
    {
        _query = new Linear(config.Width, config.Width, true, dtype, device);
        _key = new Linear(config.Width, config.Width, true, dtype, device);
        _value = new Linear(config.Width, config.Width, true, dtype, device);
        (_headWidth, _layer) = (config.Width / config.Heads, layer);
        _dropout = config.AttentionDropout;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (_query.Forward(hidden), _key.Forward(hidden), _value.Forward(hidden)); // [B, T, D]
        context = context with { Dropout = training ? _dropout : 0 };
        return Attention.AttendGrouped(query, key, value, _headWidth, _layer, context).MoveToOuterDisposeScope(); // [B, T, D]
    }

    public void Initialize(Generator generator, double deviation)
    {
        BertEncoder.Initialize(_query, generator, deviation);
        BertEncoder.Initialize(_key, generator, deviation);
        BertEncoder.Initialize(_value, generator, deviation);
    }
}

internal sealed class BertIntermediate : nn.Module
{
    [ComponentName(Name = "dense")] private readonly Linear _dense;
    private readonly Activation _activation;

    public BertIntermediate(BertConfig config, ScalarType dtype, Device device)
        : base(nameof(BertIntermediate))
    {
        _dense = new Linear(config.Width, config.InnerWidth, true, dtype, device);
        _activation = config.Activation;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden)
    {
        using var inner = _dense.Forward(hidden); // [..., F]
        return _activation.Apply(inner);
    }

    public void Initialize(Generator generator, double deviation) => BertEncoder.Initialize(_dense, generator, deviation);
}

/// <summary>Map, add to the residual, normalise: the end of both halves of a layer.</summary>
internal sealed class BertOutput : nn.Module
{
    [ComponentName(Name = "dense")] private readonly Linear _dense;
    [ComponentName(Name = "LayerNorm")] private readonly LayerNorm _norm;
    private readonly double _dropout;

    public BertOutput(int inputs, BertConfig config, ScalarType dtype, Device device)
        : base(nameof(BertOutput))
    {
        _dense = new Linear(inputs, config.Width, true, dtype, device);
        _norm = new LayerNorm(config.Width, config.NormEpsilon, true, dtype, device);
        _dropout = config.HiddenDropout;
        RegisterComponents();
    }

    public Tensor Forward(Tensor input, Tensor residual)
    {
        using var scope = NewDisposeScope();
        return _norm.Forward(Dropout.Apply(_dense.Forward(input), _dropout, training) + residual).MoveToOuterDisposeScope(); // [..., D]
    }

    public void Initialize(Generator generator, double deviation)
    {
        BertEncoder.Initialize(_dense, generator, deviation);
        Initialization.Identity(_norm);
    }
}
