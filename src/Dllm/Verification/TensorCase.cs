using Dllm.Checkpoints;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>A case opened that has a model and tensors: what it names, its model and its tolerance. Open it within a dispose scope.</summary>
internal sealed class TensorCase : IDisposable
{
    private readonly VerificationCase _case;
    private readonly SafetensorsFile _file;
    private readonly double _absolute;
    private readonly double _relative;

    private TensorCase(VerificationCase c, PretrainedModel model, SafetensorsFile file)
    {
        (_case, _file, Model) = (c, file, model);
        var tolerance = c.Json.GetProperty("tolerance");
        (_absolute, _relative) = (tolerance.GetProperty("abs").GetDouble(), tolerance.GetProperty("rel").GetDouble());
    }

    public PretrainedModel Model { get; }

    /// <exception cref="CaseSkippedException">The model's family is not supported.</exception>
    public static TensorCase Open(VerificationCase c)
    {
        c.RequireFamily();
        return new TensorCase(c, PretrainedModel.Load(c.ModelDirectory), SafetensorsFile.Open(c.File("tensors.safetensors")));
    }

    /// <summary>A tensor that must be there.</summary>
    public Tensor Read(string name) => _file.Read(name);

    /// <summary>A tensor that may be missing.</summary>
    public Tensor? Find(string name) => _file.Tensors.ContainsKey(name) ? _file.Read(name) : null;

    /// <summary>A tensor that must be there if the case lists it as an output, and else may be.</summary>
    public Tensor? Output(string name) => Names("outputs").Contains(name) ? _file.Read(name) : Find(name);

    /// <summary>An input if the case lists it as one.</summary>
    public Tensor? Input(string name) => Names("inputs").Contains(name) ? _file.Read(name) : null;

    /// <summary>The names that a list of the case holds.</summary>
    public IEnumerable<string> Names(string list) =>
        _case.Json.TryGetProperty(list, out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];

    /// <exception cref="CaseSkippedException">A list of the case names a tensor that is not known.</exception>
    public void RequireKnown(string list, params string[] known)
    {
        if (Names(list).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new CaseSkippedException($"{list} name {unknown}, which is not supported yet");
    }

    /// <summary>Where the outputs are defined: [B, T], bool.</summary>
    public Tensor Compared(Tensor ids) =>
        _case.Json.TryGetProperty("compare_mask", out var mask) && mask.GetString() is { } name
            ? Read(name).to_type(ScalarType.Bool)
            : ones_like(ids, ScalarType.Bool);

    /// <summary>Compares within the case's tolerance.</summary>
    public CheckResult Compare(string what, Tensor expected, Tensor actual)
    {
        if (!expected.shape.SequenceEqual(actual.shape))
            return CheckResult.Exact(what, false, $"shape [{string.Join(", ", actual.shape)}]");
        var excess = (actual - expected).abs() - _relative * expected.abs();
        return new CheckResult(what, excess.max().ToDouble(), _absolute, "values differ");
    }

    public void Dispose()
    {
        Model.Dispose();
        _file.Dispose();
    }
}
