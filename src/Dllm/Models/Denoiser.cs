using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// A diffusion language model as its checkpoint lays it out: a TorchSharp module whose parameters carry the checkpoint's own names and
/// whose raw output equals the original model's. Each forward works in dispose scopes of its own and leaves one tensor behind.
/// </summary>
/// <remarks>
/// Legend of the shape comments in this folder: B batch, T tokens, N rows asked for, D width, H heads, K head width, F inner width of
/// the MLP, V vocabulary.
/// </remarks>
public abstract class Denoiser(string name) : nn.Module(name), IDenoiser
{
    private ProductKind _products;

    /// <inheritdoc/>
    public abstract int VocabularySize { get; }

    /// <summary>The longest sequence that the model's positions reach.</summary>
    public abstract int MaxPositions { get; }

    /// <summary>Keys that share a tensor with another key; saved once, and expected once when loading.</summary>
    public virtual IReadOnlyList<TiedWeight> TiedWeights => [];

    /// <summary>Forwards so far (the number of function evaluations, NFE), a batch counted once.</summary>
    public long Forwards { get; private set; }

    /// <summary>Rows of all forwards so far: what tokens per forward are counted by.</summary>
    public long RowForwards { get; private set; }

    /// <summary>Told what each forward reads, before it does: for pictures and measurements. The tensors are the forward's own.</summary>
    public event Action<DenoiserInput>? Reading;

    /// <summary>
    /// Whether <see cref="DenoiserInput.AttentionMask"/> may be a whole mask of four dimensions, as block after block needs it. Encoders such
    /// as BERT hide padding only.
    /// </summary>
    public virtual bool TakesWholeMasks => false;

    /// <inheritdoc/>
    public virtual int FirstPosition => 0;

    /// <inheritdoc/>
    public virtual bool NeedsWholeMasks => false;

    /// <summary>The type of the weights, and so of the activations and logits.</summary>
    public ScalarType Type => AnyParameter.dtype;

    /// <summary>Where the weights lie.</summary>
    public Device Device => AnyParameter.device;

    /// <summary>A parameter that every instance has; its type and device are the model's.</summary>
    protected abstract Tensor AnyParameter { get; }

    /// <summary>
    /// The hidden states that the head reads, after the final norm: [B, T, D], or [N, D] of the rows in
    /// <see cref="DenoiserInput.LogitPositions"/>.
    /// </summary>
    public abstract Tensor Encode(DenoiserInput input);

    /// <summary>The head: hidden states [..., D] → logits [..., V].</summary>
    public abstract Tensor Project(Tensor hidden);

    /// <summary>Draws fresh weights as the original's initialisation does, from <paramref name="generator"/> alone.</summary>
    public abstract void Initialize(Generator generator);

    /// <inheritdoc/>
    public Tensor Forward(DenoiserInput input)
    {
        Forwards++;
        RowForwards += input.Ids.size(0);
        Reading?.Invoke(input);
        using var scope = NewDisposeScope();
        return Project(Encode(input)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// How matrix products are computed where no gradient is needed; plainly at first, and whenever training begins (<c>train()</c>). Set it to
    /// <see cref="ProductKind.Plain"/> before weights change: the other ways hold a copy of them.
    /// </summary>
    /// <remarks><see cref="ProductKind.Int8"/> leaves the experts' routers, GPT-2's transposed matrices and embeddings as they are.</remarks>
    /// <exception cref="DllmException">Products in eight bits are asked for where they cannot be computed.</exception>
    public ProductKind Products
    {
        get => _products;
        set
        {
            if (value == ProductKind.Int8) CheckInt8();
            _products = value;
            foreach (var layer in modules().OfType<IMultiplies>())
                layer.Products = value;
        }
    }

    /// <inheritdoc/>
    public override void train(bool on = true)
    {
        base.train(on);
        if (on) Products = ProductKind.Plain;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Products = ProductKind.Plain;
        base.Dispose(disposing);
    }

    private void CheckInt8()
    {
        if (Device.type != DeviceType.CPU)
            throw new DllmException($"products in int8 are computed on the CPU only, and the model is on {Device}", "use the CPU, or another type");
        if (Type is not (ScalarType.Float32 or ScalarType.BFloat16))
            throw new DllmException($"products in int8 need activations in float32 or bfloat16, and the model's are in {Type}", "load it in one of those");
        using var noGradients = no_grad();
        if (!Int8Matrix.CanMultiply(AnyParameter))
            throw new DllmException("this processor has no exact products in int8 (AVX-512 or AVX with VNNI)", "use bfloat16 or float32");
    }

    /// <summary>For models whose positions are a table: says so clearly when a sequence is longer than it.</summary>
    protected void CheckLength(DenoiserInput input)
    {
        var tokens = input.Ids.size(1) + (input.Cache?.FirstColumn ?? 0);
        if (tokens > MaxPositions)
        {
            throw new DllmException(
                $"a sequence has {tokens} tokens but the model has positions for {MaxPositions}", "shorten the text");
        }
    }
}
