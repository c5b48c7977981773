using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// The edits that an <see cref="IEditDenoiser"/> predicts for B rows of T tokens. Rates are there at once; logits are computed when asked
/// for, and only where: which positions change is known from the rates, and two heads over the whole vocabulary cost more than all else.
/// </summary>
public sealed class EditPrediction : IDisposable
{
    private readonly Func<Tensor?, Tensor> _substitutionLogits;
    private readonly Func<Tensor?, Tensor> _insertionLogits;
    private readonly IReadOnlyList<Tensor> _owned;

    /// <summary>A prediction whose logits are computed on demand.</summary>
    /// <param name="substitutionRates">[B, T], at least 0.</param>
    /// <param name="deletionRates">[B, T], at least 0.</param>
    /// <param name="insertionRates">[B, T], at least 0.</param>
    /// <param name="substitutionLogits">Flat positions b·T + t [N] → [N, V]; null → [B, T, V]. The result is fresh.</param>
    /// <param name="insertionLogits">The same for the token that comes behind.</param>
    /// <param name="owned">What else to dispose with the prediction, such as the state that the logits are made of.</param>
    public EditPrediction(
        Tensor substitutionRates,
        Tensor deletionRates,
        Tensor insertionRates,
        Func<Tensor?, Tensor> substitutionLogits,
        Func<Tensor?, Tensor> insertionLogits,
        params IReadOnlyList<Tensor> owned)
    {
        SubstitutionRates = substitutionRates;
        DeletionRates = deletionRates;
        InsertionRates = insertionRates;
        _substitutionLogits = substitutionLogits;
        _insertionLogits = insertionLogits;
        _owned = owned;
    }

    /// <summary>A prediction whose logits are there already: rates [B, T], logits [B, T, V]. It owns them.</summary>
    public static EditPrediction Of(
        Tensor substitutionRates, Tensor deletionRates, Tensor insertionRates, Tensor substitutionLogits, Tensor insertionLogits) =>
        new(
            substitutionRates,
            deletionRates,
            insertionRates,
            rows => Choose(substitutionLogits, rows),
            rows => Choose(insertionLogits, rows),
            substitutionLogits,
            insertionLogits);

    /// <summary>How fast a token is replaced by another: [B, T].</summary>
    public Tensor SubstitutionRates { get; }

    /// <summary>How fast a token is deleted: [B, T].</summary>
    public Tensor DeletionRates { get; }

    /// <summary>How fast a token appears right behind this one: [B, T].</summary>
    public Tensor InsertionRates { get; }

    /// <summary>Which token replaces this one.</summary>
    /// <param name="positions">Flat positions b·T + t: [N], int64; null asks for all.</param>
    /// <returns>Logits [N, V], or [B, T, V]. The caller owns them.</returns>
    public Tensor SubstitutionLogits(Tensor? positions = null) => _substitutionLogits(positions);

    /// <summary>Which token appears behind this one.</summary>
    /// <param name="positions">Flat positions b·T + t: [N], int64; null asks for all.</param>
    /// <returns>Logits [N, V], or [B, T, V]. The caller owns them.</returns>
    public Tensor InsertionLogits(Tensor? positions = null) => _insertionLogits(positions);

    /// <inheritdoc/>
    public void Dispose()
    {
        SubstitutionRates.Dispose();
        DeletionRates.Dispose();
        InsertionRates.Dispose();
        foreach (var tensor in _owned)
            tensor.Dispose();
    }

    private static Tensor Choose(Tensor logits, Tensor? positions)
    {
        if (positions is null)
            return logits.alias();
        using var flat = logits.flatten(0, 1); // [B·T, V]
        return flat.index_select(0, positions); // [N, V]
    }
}
