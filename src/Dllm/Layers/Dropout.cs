using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>Dropout (Srivastava et al., 2014) that costs nothing where it does nothing.</summary>
public static class Dropout
{
    /// <summary>
    /// Drops elements with a probability while training, scaling the rest up; the tensor itself comes back where nothing is dropped.
    /// </summary>
    public static Tensor Apply(Tensor input, double probability, bool training) =>
        training && probability > 0 ? nn.functional.dropout(input, probability, true) : input;
}
