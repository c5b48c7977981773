using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Checkpoints;

/// <summary>Puts a checkpoint's tensors into a module, all or nothing.</summary>
/// <remarks>
/// torch's own <c>load_state_dict</c> broadcasts a tensor of the wrong shape into place; here nothing is loaded unless all fits.
/// </remarks>
public static class StateDict
{
    /// <summary>At most so many faults are spelled out in one message.</summary>
    private const int Listed = 12;

    /// <summary>How many elements at either end of a tensor are looked at for NaN and infinity.</summary>
    private const int Sample = 1 << 15;

    /// <summary>
    /// Checks that a checkpoint has exactly the tensors that a module needs. The module may lie on the meta device, so that a hostile
    /// configuration is found out before any memory is set aside for it.
    /// </summary>
    /// <param name="module">The module with the checkpoint's names.</param>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="tied">Keys that share a tensor: the file may hold either or both.</param>
    /// <param name="ignored">Prefixes of keys to pass over.</param>
    /// <exception cref="DllmException">Tensors are missing, unexpected or of another shape or kind: all of them in one message.</exception>
    public static void Check(
        nn.Module module, CheckpointReader reader, IReadOnlyList<TiedWeight> tied, IReadOnlyList<string> ignored) =>
        Match(module, reader, tied, ignored);

    /// <summary>
    /// Loads every tensor. Where type and device agree the parameter shares the file's pages (copy on write) instead of copying them;
    /// floating point types are converted where they differ.
    /// </summary>
    /// <param name="module">The module with the checkpoint's names, on any real device.</param>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="tied">Keys that share a tensor: the file may hold either or both.</param>
    /// <param name="ignored">Prefixes of keys to pass over.</param>
    /// <returns>
    /// What a user wants to know though it is no error: values that are not finite (the ends of large tensors are looked at).
    /// </returns>
    /// <exception cref="DllmException">As <see cref="Check"/>; the module is then as it was.</exception>
    public static IReadOnlyList<string> LoadStrict(
        nn.Module module, CheckpointReader reader, IReadOnlyList<TiedWeight> tied, IReadOnlyList<string> ignored)
    {
        var matches = Match(module, reader, tied, ignored);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var broken = new List<string>();
        foreach (var (key, target, stored) in matches)
        {
            using var tensor = reader.Read(stored);
            if (tensor.dtype == target.dtype && target.device_type == DeviceType.CPU && !OperatingSystem.IsWindows())
                target.set_(tensor);
            else
                target.copy_(tensor); // (Windows would not let a mapped file be replaced, and models are saved where they were opened)
            if (!IsFinite(target))
                broken.Add(key);
        }

        return broken.Count == 0
            ? []
            : [$"{broken.Count} of {matches.Count} tensors of '{reader.Source}' hold NaN or infinity: {List(broken)}"];
    }

    private static List<(string Key, Tensor Target, string Stored)> Match(
        nn.Module module, CheckpointReader reader, IReadOnlyList<TiedWeight> tied, IReadOnlyList<string> ignored)
    {
        var targets = module.state_dict();
        var names = new Dictionary<string, string>(StringComparer.Ordinal); // the module's key → the file's
        var faults = new List<string>();
        foreach (var stored in reader.Tensors.Keys.Order(StringComparer.Ordinal))
        {
            if (!names.TryAdd(Modern(stored), stored))
                faults.Add($"'{stored}' is there twice, by its old name and its new one");
        }

        foreach (var (absent, holder) in tied)
        {
            if (!names.Remove(absent, out var stored))
                continue;
            if (targets.ContainsKey(holder) && names.TryAdd(holder, stored))
                continue;
            CheckShape(absent, reader.Tensors[stored], targets[holder], faults); // a copy: not used, but it must be one
        }

        var missing = targets.Keys.Where(key => !names.ContainsKey(key)).ToList();
        var unexpected = names.Keys.Where(key => !targets.ContainsKey(key) && !ignored.Any(prefix => IsBelow(key, prefix))).ToList();
        faults.InsertRange(0, unexpected.Select(key => $"unexpected '{key}'"));
        faults.InsertRange(0, missing.Select(key => $"missing '{key}'"));
        var matches = new List<(string, Tensor, string)>();
        foreach (var (key, target) in targets)
        {
            if (!names.TryGetValue(key, out var stored))
                continue;
            CheckShape(key, reader.Tensors[stored], target, faults);
            matches.Add((key, target, stored));
        }

        return faults.Count == 0
            ? matches
            : throw new DllmException(
                $"'{reader.Source}' does not fit the model that config.json describes ({faults.Count} differences): {List(faults)}",
                "use the config.json that came with these weights");
    }

    private static void CheckShape(string key, TensorEntry stored, Tensor target, List<string> faults)
    {
        if (!stored.Shape.SequenceEqual(target.shape))
            faults.Add($"'{key}' is [{string.Join(", ", stored.Shape)}] but must be [{string.Join(", ", target.shape)}]");
        if (IsFloat(stored.Type.InTorch()) != IsFloat(target.dtype))
            faults.Add($"'{key}' holds {stored.Type} but must hold {target.dtype}");
    }

    private static bool IsFloat(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    /// <summary>Checkpoints converted from the first BERT code call a norm's scale and offset gamma and beta.</summary>
    private static string Modern(string key) =>
        key.EndsWith(".gamma", StringComparison.Ordinal) ? key[..^"gamma".Length] + "weight"
        : key.EndsWith(".beta", StringComparison.Ordinal) ? key[..^"beta".Length] + "bias"
        : key;

    private static bool IsBelow(string key, string prefix) =>
        key.StartsWith(prefix, StringComparison.Ordinal) && (key.Length == prefix.Length || prefix[^1] == '.' || key[prefix.Length] == '.');

    /// <summary>
    /// Looks at the ends of the tensor only: weights gone bad are bad everywhere, and reading all of a mapped file costs more than
    /// opening it.
    /// </summary>
    private static bool IsFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().view(-1);
        var count = Math.Min(Sample, flat.numel());
        return count == 0
            || (flat.narrow(0, 0, count).isfinite().all().item<bool>()
                && flat.narrow(0, flat.numel() - count, count).isfinite().all().item<bool>());
    }

    private static string List(IReadOnlyList<string> items) =>
        string.Join("; ", items.Take(Listed)) + (items.Count > Listed ? $"; and {items.Count - Listed} more" : "");
}
