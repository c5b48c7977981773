using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>forward</c>: a checkpoint, token ids and perhaps masks; the logits and the last hidden state must agree wherever
/// <c>compare_mask</c> says they are defined. The logits of single positions, asked for by index, must agree too.
/// </summary>
internal sealed class ForwardVerifier : ICaseVerifier
{
    private static readonly string[] KnownInputs = ["input_ids", "attention_mask", "position_ids", "token_type_ids"];
    private static readonly string[] KnownOutputs = ["logits", "last_hidden_state"];

    public IReadOnlyList<string> Kinds => ["forward"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var modelType = JsonConfig.Load(c.File("config.json")).ModelType;
        if (ModelFamilies.Find(modelType) is null)
            throw new CaseSkippedException($"model_type {modelType} is not supported yet");
        RefuseUnknown(c, "inputs", KnownInputs);
        RefuseUnknown(c, "outputs", KnownOutputs);
        if (c.Json.TryGetProperty("options", out var options) && options.EnumerateObject().Any())
            throw new CaseSkippedException($"option {options.EnumerateObject().First().Name} is not supported yet");

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = PretrainedModel.Load(c.ModelDirectory);
        using var file = SafetensorsFile.Open(c.File("tensors.safetensors"));
        var input = new DenoiserInput(
            file.Read("input_ids"), Optional("attention_mask"), Optional("position_ids"), TokenTypeIds: Optional("token_type_ids"));
        var compared = c.Json.TryGetProperty("compare_mask", out var mask) && mask.GetString() is { } name
            ? file.Read(name).to_type(ScalarType.Bool)
            : ones_like(input.Ids, ScalarType.Bool); // [B, T]
        var tolerance = c.Json.GetProperty("tolerance");
        var (absolute, relative) = (tolerance.GetProperty("abs").GetDouble(), tolerance.GetProperty("rel").GetDouble());

        var results = new List<CheckResult>();
        var logits = file.Read("logits");
        results.Add(Compare("logits", logits[compared], model.Denoiser.Forward(input)[compared]));
        if (file.Tensors.ContainsKey("last_hidden_state"))
            results.Add(Compare("last_hidden_state", file.Read("last_hidden_state")[compared], model.Denoiser.Encode(input)[compared]));
        var rows = compared.flatten().nonzero().flatten().flip(0); // every defined row, in another order
        var chosen = model.Denoiser.Forward(input with { LogitPositions = rows });
        results.Add(Compare("logits of chosen positions", logits.flatten(0, 1)[rows], chosen));
        return results;

        Tensor? Optional(string key) => Names(c.Json, "inputs").Contains(key) ? file.Read(key) : null;

        CheckResult Compare(string what, Tensor expected, Tensor actual)
        {
            if (!expected.shape.SequenceEqual(actual.shape))
                return CheckResult.Exact(what, false, $"shape [{string.Join(", ", actual.shape)}]");
            var excess = (actual - expected).abs() - relative * expected.abs();
            return new CheckResult(what, excess.max().ToDouble(), absolute, "values differ");
        }
    }

    private static void RefuseUnknown(VerificationCase c, string list, string[] known)
    {
        if (Names(c.Json, list).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new CaseSkippedException($"{list} name {unknown}, which is not supported yet");
    }

    private static IEnumerable<string> Names(JsonElement json, string list) =>
        json.TryGetProperty(list, out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];
}
