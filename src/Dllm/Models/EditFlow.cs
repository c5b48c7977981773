using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// Edit-Flow heads (Havasi et al., 2025) over any other model: rates of substitution, deletion and insertion, and a head each for what is
/// put in place of a token and what behind it. The base's own head stays in the checkpoint and gives the raw logits.
/// </summary>
/// <remarks>The time is not read: the original leaves its embedding for later.</remarks>
internal sealed class EditFlow : Denoiser, IEditDenoiser
{
    private readonly Denoiser _base;
    private readonly Linear _substitution;
    private readonly Linear _insertion;
    private readonly EditRates _rates;
    private readonly bool _shiftsRight;
    private readonly double _initializerRange;

    /// <param name="inner">The model beneath, which this one takes over: its parts become parts of this model, under the same names.</param>
    /// <param name="layout">How the heads sit on it.</param>
    /// <param name="initializerRange">The deviation of fresh heads.</param>
    public EditFlow(Denoiser inner, EditFlowLayout layout, double initializerRange)
        : base(nameof(EditFlow))
    {
        _base = inner;
        _shiftsRight = layout.ShiftsRight;
        _initializerRange = initializerRange;
        var (head, bias) = FindHead(inner, layout.HeadKey);
        var (vocabulary, width) = ((int)head.size(0), (int)head.size(1));
        _substitution = new Linear(width, vocabulary, bias is not null, inner.Type, inner.Device);
        _insertion = new Linear(width, vocabulary, bias is not null, inner.Type, inner.Device);
        _rates = new EditRates(width, inner.Type, inner.Device);

        // Not RegisterComponents, which would put the base's names below one of their own.
        foreach (var (name, part) in inner.named_children())
            register_module(name, part);
        register_module("sub_logits", _substitution);
        register_module("ins_logits", _insertion);
        register_module("rate_heads", _rates);
    }

    public override int VocabularySize => _base.VocabularySize;

    public override int MaxPositions => _base.MaxPositions;

    public override bool TakesWholeMasks => _base.TakesWholeMasks;

    public override int FirstPosition => _base.FirstPosition;

    public override IReadOnlyList<TiedWeight> TiedWeights => _base.TiedWeights;

    protected override Tensor AnyParameter => _substitution.Weight;

    public override Tensor Encode(DenoiserInput input) => _base.Encode(input);

    public override Tensor Project(Tensor hidden) => _base.Project(hidden);

    public EditPrediction Predict(DenoiserInput input, Tensor? time)
    {
        using var scope = NewDisposeScope();
        var all = input with { LogitPositions = null };
        var state = _base is IEditEncoder encoder ? encoder.EncodeForEdits(all) : _base.Encode(all); // [B, T, D]
        var rates = _rates.Forward(state).unbind(-1); // three of [B, T]
        state.MoveToOuterDisposeScope();
        return new EditPrediction(
            Shift(rates[0]).MoveToOuterDisposeScope(),
            Shift(rates[1]).MoveToOuterDisposeScope(),
            rates[2].MoveToOuterDisposeScope(),
            positions => Substitution(state, positions),
            positions => Logits(_insertion, state, positions),
            state);
    }

    public override void Initialize(Generator generator)
    {
        _base.Initialize(generator);
        _substitution.Initialize(generator, _initializerRange);
        _insertion.Initialize(generator, _initializerRange);
        _rates.Initialize(generator, _initializerRange);
    }

    /// <summary>The matrix [V, D] and the offset [V] of the base's head, wherever they are shared from.</summary>
    public static (Tensor Weight, Tensor? Bias) FindHead(Denoiser inner, string key)
    {
        var state = inner.state_dict();
        return (Find(".weight")!, Find(".bias"));

        Tensor? Find(string part) =>
            state.GetValueOrDefault(key + part)
            ?? inner.TiedWeights.Where(tied => tied.Absent == key + part).Select(tied => state[tied.Holder]).FirstOrDefault();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _base.Dispose();
    }

    private Tensor Substitution(Tensor state, Tensor? positions)
    {
        if (!_shiftsRight)
            return Logits(_substitution, state, positions);
        using var scope = NewDisposeScope();
        if (positions is null)
            return Shift(Logits(_substitution, state, null)).MoveToOuterDisposeScope();
        var isFirst = positions.remainder(state.size(1)).eq(0); // [N]: nothing stands before it, and its logits are 0
        var logits = Logits(_substitution, state, (positions - 1).clamp(min: 0));
        return logits.masked_fill(isFirst.unsqueeze(-1), 0).MoveToOuterDisposeScope();
    }

    private static Tensor Logits(Linear head, Tensor state, Tensor? positions)
    {
        if (positions is null)
            return head.Forward(state); // [B, T, V]
        using var flat = state.flatten(0, 1); // [B·T, D]
        using var rows = flat.index_select(0, positions); // [N, D]
        return head.Forward(rows); // [N, V]
    }

    /// <summary>[B, T, ...] one place to the right, 0 at the first; as it is where the base says what stands at a token itself.</summary>
    private Tensor Shift(Tensor values) =>
        _shiftsRight ? cat([zeros_like(values.narrow(1, 0, 1)), values.narrow(1, 0, values.size(1) - 1)], 1) : values;
}

/// <summary>softplus(W·h + b): three rates, none below 0. The name of the part is its place in the original's sequence.</summary>
internal sealed class EditRates : nn.Module
{
    [ComponentName(Name = "0")] private readonly Linear _map;

    public EditRates(int width, ScalarType dtype, Device device)
        : base(nameof(EditRates))
    {
        _map = new Linear(width, 3, bias: true, dtype, device);
        RegisterComponents();
    }

    /// <summary>[B, T, D] → [B, T, 3]: substitution, deletion, insertion.</summary>
    public Tensor Forward(Tensor state)
    {
        using var mapped = _map.Forward(state);
        return nn.functional.softplus(mapped);
    }

    public void Initialize(Generator generator, double deviation) => _map.Initialize(generator, deviation);
}
