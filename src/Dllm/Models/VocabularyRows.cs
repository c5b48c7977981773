using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>Room for more tokens in a model: rows that are added, each the mean of those there.</summary>
internal static class VocabularyRows
{
    /// <summary>A table with more rows.</summary>
    /// <param name="table">[V, ...].</param>
    /// <param name="rows">At least V.</param>
    /// <returns>[rows, ...], of the same type.</returns>
    public static Tensor Extend(Tensor table, long rows)
    {
        var mean = table.to_type(ScalarType.Float32).mean([0], keepdim: true).to_type(table.dtype); // [1, ...]
        return cat([table, mean.expand([rows - table.size(0), .. table.shape[1..]])]);
    }

    /// <summary>Copies a model's weights into one that differs in having more tokens only.</summary>
    public static void Copy(Denoiser from, Denoiser to)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var source = from.state_dict();
        foreach (var (name, target) in to.state_dict())
        {
            var values = source[name];
            target.copy_(values.shape.SequenceEqual(target.shape) ? values : Extend(values, target.size(0)));
        }
    }
}
