using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// A sparse layer: each token passes through the few experts that a router chose (Shazeer et al., 2017). Tokens are put in order of their
/// expert, so that every used expert works once, on all of its tokens, while they are in the processor's cache.
/// </summary>
public static class MixtureOfExperts
{
    /// <summary>The experts of a mixture, weights not set.</summary>
    public static ModuleList<GatedMlp> Build(MixtureShape shape, ScalarType dtype, Device device) =>
        new([.. Enumerable.Range(0, shape.Experts)
            .Select(_ => new GatedMlp(shape.Width, shape.InnerWidth, shape.Activation, bias: false, dtype, device))]);

    /// <summary>Σ over a token's experts of weight · expert(token): [N, D] → [N, D].</summary>
    public static Tensor Apply(Tensor hidden, ExpertRouting routing, ModuleList<GatedMlp> experts) =>
        Apply(hidden, routing, experts.Count, (e, rows) => experts[e].Forward(rows));

    /// <summary>Σ over a token's experts of weight · expert(token).</summary>
    /// <param name="hidden">[N, D].</param>
    /// <param name="routing">What the router chose.</param>
    /// <param name="experts">Number of experts (E).</param>
    /// <param name="expert">Applies expert e to rows: [n, D] → [n, D], a fresh tensor.</param>
    /// <returns>[N, D], in the type of <paramref name="hidden"/>.</returns>
    public static Tensor Apply(Tensor hidden, ExpertRouting routing, int experts, Func<int, Tensor, Tensor> expert)
    {
        using var scope = NewDisposeScope();
        long chosen = routing.Experts.size(1);
        var flat = routing.Experts.flatten(); // [N·k]
        var order = flat.argsort(); // pairs (token, choice) by expert: [N·k]
        var tokens = order.div(chosen, RoundingMode.floor); // [N·k]
        var weights = routing.Weights.flatten().index_select(0, order).unsqueeze(-1); // [N·k, 1]
        var counts = flat.bincount(null, experts).cpu().data<long>().ToArray(); // the one read-back
        var sum = zeros(hidden.shape, weights.dtype, hidden.device); // [N, D]
        long start = 0;
        for (var e = 0; e < experts; e++)
        {
            if (counts[e] == 0 && !is_grad_enabled())
                continue; // (in training an idle expert gets a gradient of 0, as in the original, not none)
            using var step = NewDisposeScope();
            var own = tokens.narrow(0, start, counts[e]); // [n], no token twice
            var output = expert(e, hidden.index_select(0, own)); // [n, D]
            sum.index_add_(0, own, output * weights.narrow(0, start, counts[e]), 1);
            start += counts[e];
        }

        return sum.to_type(hidden.dtype).MoveToOuterDisposeScope();
    }
}
