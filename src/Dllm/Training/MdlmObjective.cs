using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Training;

// B rows, T tokens, N masked tokens of the batch, V vocabulary.

/// <summary>
/// Masked diffusion: each row draws a time t, its learnable tokens are masked with probability 1 − α(t), and the model is scored on
/// what was masked, weighted. Follows MDLM (arXiv:2406.07524) and LLaDA (arXiv:2502.09992); values equal the original's trainer.
/// </summary>
/// <remarks>
/// Only masked tokens are scored, so logits are computed for those alone: the head and the loss work on [N, V], never on [B, T, V].
/// What to mask is decided on the CPU, where reading N costs nothing.
/// </remarks>
public sealed class MdlmObjective : ITrainingObjective
{
    private readonly MdlmObjectiveOptions _options;
    private readonly ForwardProcess _forward;
    private readonly int _maskTokenId;
    private readonly int? _bosTokenId;

    /// <summary>Makes the objective of a model.</summary>
    /// <param name="maskTokenId">Id of the mask token.</param>
    /// <param name="bosTokenId">Id of the begin-of-sequence token; only needed when logits are shifted.</param>
    /// <param name="options">Null: the defaults.</param>
    public MdlmObjective(int maskTokenId, int? bosTokenId = null, MdlmObjectiveOptions? options = null)
    {
        _options = options ?? new MdlmObjectiveOptions();
        _options.Validate();
        _forward = new ForwardProcess(_options.Schedule, _options.TimeEpsilon, _options.TimeEnd);
        (_maskTokenId, _bosTokenId) = (maskTokenId, bosTokenId);
    }

    /// <inheritdoc/>
    public string Description => _options.Description;

    /// <inheritdoc/>
    public LossResult Compute(IDenoiser denoiser, Batch batch, NoiseSource noise, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var (ids, labels, attention) = WithBos(batch);
        LabelCheck.Validate(ids, labels, denoiser.VocabularySize);
        if (_maskTokenId >= denoiser.VocabularySize)
        {
            throw new DllmException(
                $"the mask token's id is {_maskTokenId}, but the model's vocabulary has {denoiser.VocabularySize}",
                "use the tokenizer that belongs to the model");
        }

        // 1. Draw times and masks.
        var noised = _forward.Corrupt(ids, labels, _maskTokenId, noise, lead: (int)(ids.shape[1] - batch.Ids.shape[1]));
        var maskable = labels != TokenizedSample.IgnoredLabel; // [B, T]
        var weights = _options.LossWeightType.Weights(noised, _options.Schedule).expand(ids.shape); // [B, T]

        // 2. The masked places, as flat indices: all that is predicted and scored.
        var positions = noised.Masked.flatten().nonzero().flatten(); // [N]
        var maskedCount = positions.shape[0];
        if (maskedCount == 0) positions = zeros(1, dtype: int64); // one row of weight 0, so that every parameter still gets its (zero) gradient
        var targets = ids.flatten().index_select(0, positions); // [N]
        var scales = weights.flatten().index_select(0, positions); // [N]
        if (maskedCount == 0) scales = zeros_like(scales);

        // 3. Predict and score.
        var logits = Predict(denoiser, noised.Ids, attention, positions, device); // [N, V]
        var entropy = new CrossEntropy(logits, ToDevice(targets, device));
        var nll = entropy.Values; // [N]
        var counted = ToDevice(scales, device);
        var sum = (nll * counted).sum();

        // 4. Normalise.
        var tokens = maskable.sum().ToInt64();
        var factors = _options.LossNormType switch // [N]
        {
            LossNormalization.Token => counted / Math.Max(tokens, 1),
            LossNormalization.Sequence => counted / ToDevice(RowTotals(maskable, positions), device),
            LossNormalization.Batch => counted / ids.shape[0],
            _ => throw new ArgumentOutOfRangeException(nameof(batch), _options.LossNormType, "unknown normalisation"),
        };
        var result = new LossResult((nll * factors).sum().MoveToOuterDisposeScope(), sum.MoveToOuterDisposeScope(), tokens, maskedCount);
        return logits.requires_grad
            ? result with { Output = logits.MoveToOuterDisposeScope(), Gradient = entropy.IntoGradient(factors).MoveToOuterDisposeScope() }
            : result;
    }

    // A row's first token can only be predicted by a shifted model when something stands before it.
    private (Tensor Ids, Tensor Labels, Tensor? Attention) WithBos(Batch batch)
    {
        if (!_options.RightShiftLogits || (batch.Labels.select(1, 0) == TokenizedSample.IgnoredLabel).all().ToBoolean())
            return (batch.Ids, batch.Labels, batch.AttentionMask);
        if (_bosTokenId is not { } bos)
        {
            throw new DllmException(
                "right_shift_logits needs a begin-of-sequence token, but the tokenizer has none", "set its bos_token, or train on responses only");
        }

        Tensor Prepend(Tensor values, long first) => cat([full([values.shape[0], 1], first, dtype: values.dtype), values], 1); // [B, T + 1]
        return (Prepend(batch.Ids, bos), Prepend(batch.Labels, TokenizedSample.IgnoredLabel), batch.AttentionMask is { } a ? Prepend(a, 1) : null);
    }

    private Tensor Predict(IDenoiser denoiser, Tensor ids, Tensor? attention, Tensor positions, Device? device)
    {
        // A mask that hides nothing only slows attention down.
        if (attention is not null && (attention != 0).all().ToBoolean()) attention = null;
        if (_options.RightShiftLogits) denoiser = new RightShiftedDenoiser(denoiser);
        return denoiser.Forward(new DenoiserInput(
            ToDevice(ids, device), attention is null ? null : ToDevice(attention, device), LogitPositions: ToDevice(positions, device)));
    }

    // For each masked token, its row's number of maskable tokens times the number of rows: [N] float32.
    private static Tensor RowTotals(Tensor maskable, Tensor positions)
    {
        var perRow = maskable.sum(1).clamp_min(1) * maskable.shape[0]; // [B]
        return perRow.index_select(0, positions.floor_divide(maskable.shape[1])).to(float32); // [N]
    }

    private static Tensor ToDevice(Tensor values, Device? device) => DeviceCopy.To(values, device);
}
