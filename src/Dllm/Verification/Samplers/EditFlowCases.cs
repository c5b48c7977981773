using System.Text.Json;
using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's EditFlowSampler.</summary>
internal sealed class EditFlowCases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["editflow"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        if (denoiser is not IEditDenoiser edits) throw new CaseSkippedException("the model has no Edit-Flow heads");
        var options = new EditFlowOptions { ReferenceRng = true, AsOriginal = true, Seed = c.Seed() };
        foreach (var (name, value) in c.Options()) options = With(options, name, value);
        var canvas = Canvas.ForEditing(
            c.Rows(), options.MaskLength, c.Token("bos_token_id"), c.Token("mask_token_id"), c.Token("eos_token_id"));
        return new SamplerSetup(new EditFlowSampler(edits, options), canvas) { ComparesWidths = true };
    }

    private static EditFlowOptions With(EditFlowOptions options, string name, JsonElement value) => name switch
    {
        "tau" => options with { Tau = value.GetDouble() },
        "time_epsilon" => options with { TimeEpsilon = value.GetDouble() },
        "mask_length" => options with { MaskLength = value.GetInt32() },
        "temperature" => options with { Temperature = value.GetDouble() },
        "edit_prompt" => options with { EditPrompt = value.GetBoolean() },
        "time_independent" => options with { TimeIndependent = value.GetBoolean() },
        _ => throw CaseInputs.Unsupported(name),
    };
}
