using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>A table of vectors, one for each id: <c>weight</c> [count, width].</summary>
public sealed class Embedding : nn.Module
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    private readonly int? _paddingId;

    /// <summary>Sets memory aside for the table.</summary>
    /// <param name="count">Number of ids.</param>
    /// <param name="width">Length of a vector.</param>
    /// <param name="paddingId">The id that learns nothing from being looked up (it may still learn as a row of a tied head).</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public Embedding(int count, int width, int? paddingId, ScalarType dtype, Device device)
        : base(nameof(Embedding))
    {
        _weight = new Parameter(empty(count, width, dtype: dtype, device: device));
        _paddingId = paddingId;
        RegisterComponents();
    }

    /// <summary>The table: [count, width].</summary>
    public Parameter Weight => _weight;

    /// <summary>The id whose vector learns nothing from being looked up, or null.</summary>
    public int? PaddingId => _paddingId;

    /// <summary>Makes the padding id's vector 0, as fresh tables have it.</summary>
    public void ClearPadding()
    {
        if (_paddingId is not { } padding)
            return;
        using var row = _weight[padding];
        Initialization.Constant(row, 0);
    }

    /// <summary>Ids [...] → vectors [..., width].</summary>
    public Tensor Forward(Tensor ids)
    {
        var flat = ids.flatten();
        var vectors = _weight.index_select(0, flat); // [ids, width]
        if (_paddingId is { } padding && is_grad_enabled() && _weight.requires_grad)
            vectors = where(flat.eq(padding).unsqueeze(-1), vectors.detach(), vectors);
        return vectors.view([.. ids.shape, _weight.size(1)]);
    }
}
