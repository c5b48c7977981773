using System.Diagnostics;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>
/// The last map, from hidden states to a logit for every token. Its matrix is its own, or the token embedding's (tied); a tied matrix is
/// used, not owned, so that no optimiser steps it twice and no file holds it twice.
/// </summary>
public sealed class OutputProjection : nn.Module, IMultiplies
{
    [ComponentName(Name = "weight")] private readonly Parameter? _weight;
    [ComponentName(Name = "bias")] private readonly Parameter? _bias;
    private readonly MatrixProduct _product = new();

    /// <summary>Sets memory aside for what is not shared.</summary>
    /// <param name="width">Length of a hidden state.</param>
    /// <param name="vocabulary">Number of logits.</param>
    /// <param name="tied">Whether the matrix is the token embedding's.</param>
    /// <param name="bias">Whether an offset [vocabulary] is owned here.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public OutputProjection(int width, int vocabulary, bool tied, bool bias, ScalarType dtype, Device device)
        : base(nameof(OutputProjection))
    {
        _weight = tied ? null : new Parameter(empty(vocabulary, width, dtype: dtype, device: device));
        _bias = bias ? new Parameter(empty(vocabulary, dtype: dtype, device: device)) : null;
        RegisterComponents();
    }

    /// <summary>The matrix [V, D], or null where it is tied.</summary>
    public Parameter? Weight => _weight;

    /// <summary>The offset [V], or null.</summary>
    public Parameter? Bias => _bias;

    /// <summary>[..., D] → [..., V].</summary>
    /// <param name="hidden">What the head reads.</param>
    /// <param name="embedding">The token embedding, used where the matrix is tied.</param>
    /// <param name="bias">An offset held elsewhere, used where this layer owns none.</param>
    public Tensor Forward(Tensor hidden, Embedding embedding, Tensor? bias = null)
    {
        Debug.Assert(_bias is null || bias is null);
        return _product.Apply(hidden, _weight ?? embedding.Weight, _bias ?? bias);
    }

    ProductKind IMultiplies.Products
    {
        set => _product.Kind = value;
    }
}
