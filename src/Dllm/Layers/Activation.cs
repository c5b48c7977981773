using Dllm.Layers.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>The element-wise functions that configurations name.</summary>
public enum Activation
{
    /// <summary>x·Φ(x), exact (Hendrycks and Gimpel, 2016).</summary>
    Gelu,

    /// <summary>Its tanh approximation.</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·σ(x).</summary>
    Silu,
}

/// <summary>What <see cref="Activation"/> computes, and the names by which configurations know it.</summary>
public static class Activations
{
    /// <summary>Names in config.json.</summary>
    public static IReadOnlyDictionary<string, Activation> Names { get; } = new Dictionary<string, Activation>
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
    };

    /// <summary>[...] → [...], element by element.</summary>
    public static Tensor Apply(this Activation activation, Tensor input) => activation switch
    {
        Activation.Gelu => input.gelu(),
        Activation.GeluTanh => input.gelu(GELU.Approximate.tanh),
        Activation.Relu => input.relu(),
        Activation.Silu => nn.functional.silu(input),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    /// <summary>act(gate) · up, the heart of a gated unit (Shazeer, 2020): [..., F] each → [..., F].</summary>
    public static Tensor Gate(this Activation activation, Tensor gate, Tensor up)
    {
        if (CpuKernels.CanGate(gate, up)) return CpuKernels.Gate(activation, gate, up);
        using var scope = NewDisposeScope();
        return (activation.Apply(gate.contiguous()) * up).MoveToOuterDisposeScope();
    }
}
