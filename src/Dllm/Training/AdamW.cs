using Dllm.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019; decoupled decay) with clipping by the global norm, all parameters in one fused native call. Nothing in a
/// step waits for the device. A step whose gradient is not finite leaves the weights as they are, so the caller may look later.
/// </summary>
internal sealed class AdamW : IDisposable
{
    // TorchSharp has no name for these operators; a script reaches them. A script that does not compile can end the process,
    // so this one is a constant and tests run it. Lists are handed over whole: what happens to a slice's tensors is optimised away.
    private const string Script = """
        def multiply(grads: List[Tensor], factor: float):
            torch._foreach_mul_(grads, factor)

        def clipping(grads: List[Tensor], max_norm: float) -> List[Tensor]:
            norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads, 2)), 2)
            divisor = torch.ones_like(norm)
            if max_norm > 0.0:
                divisor = torch.clamp_min((norm + 1e-6) / max_norm, 1.0)
            skip = torch.where(torch.isfinite(norm), torch.zeros_like(norm), torch.ones_like(norm))
            return [norm, divisor, skip]

        def update(params: List[Tensor], grads: List[Tensor], means: List[Tensor], squares: List[Tensor], steps: List[Tensor],
                   divisor: Tensor, skip: Tensor, lr: float, beta1: float, beta2: float, decay: float, eps: float):
            none: List[Tensor] = []
            torch._foreach_add_(steps, 1.0 - skip)
            torch._fused_adamw_(params, grads, means, squares, none, steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps,
                amsgrad=False, maximize=False, grad_scale=divisor, found_inf=skip)

        """;

    private readonly TrainingOptions _options;
    private readonly jit.CompilationUnit _script;
    private readonly Slot[] _slots;

    /// <summary>Prepares the moments (zeros) of the trainable parameters of a module.</summary>
    /// <exception cref="DllmException">There is none, or one is not float32.</exception>
    public AdamW(nn.Module module, TrainingOptions options)
    {
        _options = options;
        var exempt = WeightDecayRule.Exempt(module);
        var trainable = module.named_parameters().Where(p => p.parameter.requires_grad).ToList();
        if (trainable.Count == 0) throw new DllmException("the model has no trainable parameters");
        if (trainable.Find(p => p.parameter.dtype != ScalarType.Float32) is { name: not null } odd)
        {
            throw new DllmException(
                $"training needs float32 weights, but {odd.name} is {odd.parameter.dtype}", "load the model as float32; `bf16` then computes in bfloat16");
        }

        // Stable: within a group, the module's own order.
        _slots = [.. trainable.OrderBy(p => exempt.Contains(p.name)).Select(p => new Slot(p.name, p.parameter, !exempt.Contains(p.name)))];
        _script = jit.compile(Script);
    }

    /// <summary>Names of the parameters that decay, in the module's order.</summary>
    public IReadOnlyList<string> DecayingNames => [.. _slots.Where(slot => slot.Decays).Select(slot => slot.Name)];

    /// <summary>Names of the parameters that do not decay, in the module's order.</summary>
    public IReadOnlyList<string> ExemptNames => [.. _slots.Where(slot => !slot.Decays).Select(slot => slot.Name)];

    /// <summary>
    /// Clips the gradients together to <see cref="TrainingOptions.MaxGradNorm"/>, updates the weights, and drops the gradients. Parameters
    /// without a gradient stay as they are.
    /// </summary>
    /// <returns>The gradients' 2-norm before clipping: a float32 scalar on the device.</returns>
    public Tensor Step(double learningRate, double gradientFactor = 1)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var active = _slots.Select(slot => (Slot: slot, Gradient: slot.Parameter.grad!)).Where(pair => pair.Gradient is not null).ToArray();
        if (active.Length == 0) throw new InvalidOperationException("no parameter has a gradient");
        var gradients = Array.ConvertAll(active, pair => pair.Gradient);
        if (gradientFactor != 1) _script.Call("multiply", gradients, gradientFactor);
        var clipping = (IList<Tensor>)_script.Call("clipping", gradients, _options.MaxGradNorm);
        foreach (var group in active.GroupBy(pair => pair.Slot.Decays))
        {
            _script.Call(
                "update",
                group.Select(pair => (Tensor)pair.Slot.Parameter).ToArray(),
                group.Select(pair => pair.Gradient).ToArray(),
                group.Select(pair => pair.Slot.Mean).ToArray(),
                group.Select(pair => pair.Slot.Square).ToArray(),
                group.Select(pair => pair.Slot.Step).ToArray(),
                clipping[1],
                clipping[2],
                learningRate,
                _options.AdamBeta1,
                _options.AdamBeta2,
                group.Key ? _options.WeightDecay : 0.0,
                _options.AdamEpsilon);
        }

        foreach (var (slot, _) in active)
            slot.Parameter.grad = null;
        return clipping[0].MoveToOuterDisposeScope();
    }

    /// <summary>The state to save, by name: moments and step counts. The tensors stay this optimiser's.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _slots.SelectMany(slot => slot.State).ToDictionary(s => s.Name, s => s.Value);

    /// <summary>Takes over a saved state; <paramref name="read"/> gives the tensor of a name.</summary>
    public void Load(Func<string, Tensor> read)
    {
        using var guard = no_grad();
        foreach (var (name, value) in _slots.SelectMany(slot => slot.State))
        {
            using var saved = read(name);
            if (!saved.shape.SequenceEqual(value.shape))
                throw new DllmException($"the saved optimiser state does not fit the model: '{name}' has another shape");
            value.copy_(saved);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, value) in _slots.SelectMany(slot => slot.State))
            value.Dispose();
        _script.Dispose();
    }

    // One parameter and its moments. Made outside dispose scopes: they live as long as the optimiser.
    private sealed class Slot(string name, Parameter parameter, bool decays)
    {
        public string Name => name;

        public Parameter Parameter => parameter;

        public bool Decays => decays;

        public Tensor Mean { get; } = zeros(parameter.shape, dtype: float32, device: parameter.device).DetachFromDisposeScope();

        public Tensor Square { get; } = zeros(parameter.shape, dtype: float32, device: parameter.device).DetachFromDisposeScope();

        public Tensor Step { get; } = zeros([], dtype: float32, device: parameter.device).DetachFromDisposeScope();

        public IEnumerable<(string Name, Tensor Value)> State =>
            [($"exp_avg.{name}", Mean), ($"exp_avg_sq.{name}", Square), ($"step.{name}", Step)];
    }
}
