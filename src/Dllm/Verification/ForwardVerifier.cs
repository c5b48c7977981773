using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>forward</c>: a checkpoint, token ids and perhaps masks; the logits and the last hidden state must agree wherever
/// <c>compare_mask</c> says they are defined. The logits of single positions, asked for by index, must agree too.
/// </summary>
internal sealed class ForwardVerifier : ICaseVerifier
{
    private static readonly string[] KnownInputs = ["input_ids", "attention_mask", "attention_bias", "position_ids", "token_type_ids", "t"];
    private static readonly string[] KnownOutputs = ["logits", "last_hidden_state", .. EditFlowCheck.Outputs];

    public IReadOnlyList<string> Kinds => ["forward"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        if (c.Json.TryGetProperty("options", out var options) && options.EnumerateObject().Any())
            throw new CaseSkippedException($"option {options.EnumerateObject().First().Name} is not supported yet");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var opened = TensorCase.Open(c);
        opened.RequireKnown("inputs", KnownInputs);
        opened.RequireKnown("outputs", KnownOutputs);
        var denoiser = opened.Model.Denoiser;
        var input = FastVariants.AsOriginal(opened.Model.Family, new DenoiserInput(
            opened.Read("input_ids"),
            opened.Input("attention_mask") ?? opened.Input("attention_bias"),
            opened.Input("position_ids"),
            TokenTypeIds: opened.Input("token_type_ids")));
        if (denoiser is IEditDenoiser)
            return EditFlowCheck.Compare(opened, input, opened.Input("t"));
        var compared = opened.Compared(input.Ids); // [B, T]

        var results = new List<CheckResult>();
        var logits = opened.Read("logits");
        results.Add(opened.Compare("logits", logits[compared], denoiser.Forward(input)[compared]));
        if (opened.Output("last_hidden_state") is { } hidden)
            results.Add(opened.Compare("last_hidden_state", hidden[compared], denoiser.Encode(input)[compared]));
        var rows = compared.flatten().nonzero().flatten().flip(0); // every defined row, in another order
        var chosen = denoiser.Forward(input with { LogitPositions = rows });
        results.Add(opened.Compare("logits of chosen positions", logits.flatten(0, 1)[rows], chosen));
        return results;
    }
}
