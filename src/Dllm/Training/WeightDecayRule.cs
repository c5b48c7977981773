using System.Text.RegularExpressions;
using Dllm.Layers;
using TorchSharp;

namespace Dllm.Training;

/// <summary>Which parameters decay: all but biases and norms, told by name and layer as in transformers' trainer.</summary>
internal static partial class WeightDecayRule
{
    /// <summary>The names of the parameters of <paramref name="module"/> that do not decay.</summary>
    public static IReadOnlySet<string> Exempt(torch.nn.Module module)
    {
        var exempt = module.named_parameters().Select(p => p.name).Where(name => BiasOrNorm().IsMatch(name)).ToHashSet();
        foreach (var (name, layer) in module.named_modules())
        {
            if (layer is LayerNorm)
                exempt.UnionWith(layer.named_parameters(recurse: false).Select(p => $"{name}.{p.name}"));
        }

        return exempt;
    }

    [GeneratedRegex(@"bias|layernorm|rmsnorm|(?:^|[._])norm(?:$|\.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BiasOrNorm();
}
