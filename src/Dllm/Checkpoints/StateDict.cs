using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Checkpoints;

/// <summary>Puts a checkpoint's tensors into a module, all or nothing.</summary>
/// <remarks>
/// torch's own <c>load_state_dict</c> broadcasts a tensor of the wrong shape into place; here nothing is loaded unless all fits.
/// </remarks>
public static class StateDict
{
    /// <summary>More readers at once than this gain nothing from a disk, and each conversion has torch's own threads.</summary>
    private const int MostReaders = 4;

    /// <summary>
    /// Checks that a checkpoint has exactly the tensors that a module needs. The module may lie on the meta device, so that a hostile
    /// configuration is found out before any memory is set aside for it.
    /// </summary>
    /// <param name="module">The module with the checkpoint's names.</param>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="tied">Keys that share a tensor: the file may hold either or both.</param>
    /// <param name="ignored">Prefixes of keys to pass over; a part between dots that is <c>*</c> stands for any.</param>
    /// <param name="optionalPrefix">What files may leave out before the names, dot included; null where they may not.</param>
    /// <exception cref="DllmException">Tensors are missing, unexpected or of another shape or kind: all of them in one message.</exception>
    public static void Check(
        nn.Module module,
        CheckpointReader reader,
        IReadOnlyList<TiedWeight> tied,
        IReadOnlyList<string> ignored,
        string? optionalPrefix = null) =>
        Match(module, reader.Tensors, reader.Source, tied, ignored, optionalPrefix);

    /// <summary>As <see cref="Check"/>, for weights of which only the headers are here.</summary>
    /// <returns>All that does not fit, as one error; null where all fits.</returns>
    public static DllmException? FindFault(
        nn.Module module,
        CheckpointManifest manifest,
        IReadOnlyList<TiedWeight> tied,
        IReadOnlyList<string> ignored,
        string? optionalPrefix = null)
    {
        try
        {
            Match(module, manifest.Tensors, manifest.Source, tied, ignored, optionalPrefix);
            return null;
        }
        catch (DllmException fault)
        {
            return fault;
        }
    }

    /// <summary>
    /// Loads every tensor. Where type and device agree the parameter shares the file's pages (copy on write) instead of copying them;
    /// else it is converted a part at a time. Either way each byte is read once, several tensors at a time, and looked at for NaN.
    /// </summary>
    /// <param name="module">The module with the checkpoint's names, on any real device.</param>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="tied">Keys that share a tensor: the file may hold either or both.</param>
    /// <param name="ignored">Prefixes of keys to pass over; a part between dots that is <c>*</c> stands for any.</param>
    /// <param name="optionalPrefix">What files may leave out before the names, dot included; null where they may not.</param>
    /// <returns>
    /// What a user wants to know though it is no error: values that are not finite.
    /// </returns>
    /// <exception cref="DllmException">As <see cref="Check"/>; the module is then as it was.</exception>
    public static IReadOnlyList<string> LoadStrict(
        nn.Module module,
        CheckpointReader reader,
        IReadOnlyList<TiedWeight> tied,
        IReadOnlyList<string> ignored,
        string? optionalPrefix = null)
    {
        var matches = Match(module, reader.Tensors, reader.Source, tied, ignored, optionalPrefix);
        var broken = new ConcurrentBag<string>();
        try
        {
            Parallel.ForEach(
                matches,
                new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MostReaders, Environment.ProcessorCount) },
                match =>
                {
                    if (!Load(reader, match.Stored, match.Target))
                        broken.Add(match.Key);
                });
        }
        catch (AggregateException error) when (error.InnerException is DllmException first)
        {
            throw new DllmException(first.Message, innerException: error);
        }

        var said = new List<string>(Untied(reader, tied, optionalPrefix));
        if (!broken.IsEmpty)
            said.Insert(0, $"{broken.Count} of {matches.Count} tensors of '{reader.Source}' hold NaN or infinity: "
                + Faults.List([.. broken.Order(StringComparer.Ordinal)]));
        return said;
    }

    /// <summary>Pairs that the model shares and the file holds twice, with other values: what is not loaded is named.</summary>
    private static IEnumerable<string> Untied(CheckpointReader reader, IReadOnlyList<TiedWeight> tied, string? optionalPrefix)
    {
        foreach (var (absent, holder) in tied)
        {
            if (Stored(absent) is not { } copy || Stored(holder) is not { } used) continue;
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            if (reader.Read(copy).eq(reader.Read(used)).all().ToBoolean()) continue;
            yield return $"'{copy}' differs from '{used}', though config.json says that they are one: '{used}' is used for both";
        }

        string? Stored(string key) => reader.Tensors.ContainsKey(key) ? key
            : optionalPrefix is not null && key.StartsWith(optionalPrefix, StringComparison.Ordinal) && reader.Tensors.ContainsKey(key[optionalPrefix.Length..])
                ? key[optionalPrefix.Length..] : null;
    }

    /// <summary>Loads one tensor and says whether all its values are finite.</summary>
    private static bool Load(CheckpointReader reader, string stored, Tensor target)
    {
        using var scope = NewDisposeScope(); // scopes and guards are each thread's own
        using var noGrad = no_grad();
        if (reader.Tensors[stored].Type.SameInTorch() != target.dtype || target.device_type != DeviceType.CPU
            || OperatingSystem.IsWindows()) // which would not let a mapped file be replaced, and models are saved where they were opened
        {
            return reader.ReadInto(stored, target);
        }

        using var tensor = reader.Read(stored);
        target.set_(tensor);
        return reader.IsFinite(stored);
    }

    private static List<(string Key, Tensor Target, string Stored)> Match(
        nn.Module module,
        IReadOnlyDictionary<string, TensorEntry> tensors,
        string source,
        IReadOnlyList<TiedWeight> tied,
        IReadOnlyList<string> ignored,
        string? optionalPrefix)
    {
        var targets = module.state_dict();
        var names = new Dictionary<string, string>(StringComparer.Ordinal); // the module's key → the file's
        var faults = new List<string>();
        foreach (var stored in tensors.Keys.Order(StringComparer.Ordinal))
        {
            var key = Modern(stored);
            if (optionalPrefix is not null && targets.ContainsKey(optionalPrefix + key))
                key = optionalPrefix + key;
            if (!names.TryAdd(key, stored))
                faults.Add($"'{stored}' is there twice, by its old name and its new one");
        }

        foreach (var (absent, holder) in tied)
        {
            if (!names.Remove(absent, out var stored))
                continue;
            if (targets.ContainsKey(holder) && names.TryAdd(holder, stored))
                continue;
            CheckShape(absent, tensors[stored], targets[holder], faults); // a copy: not used, but it must be one
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
            CheckShape(key, tensors[stored], target, faults);
            matches.Add((key, target, stored));
        }

        return faults.Count == 0
            ? matches
            : throw new DllmException(
                $"'{source}' does not fit the model that config.json describes ({faults.Count} differences): {Faults.List(faults)}",
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

    private static bool IsBelow(string key, string pattern)
    {
        var (parts, wanted) = (key.Split('.'), pattern.Split('.'));
        return parts.Length >= wanted.Length && wanted.Zip(parts).All(pair => pair.First == "*" || pair.First == pair.Second);
    }
}
