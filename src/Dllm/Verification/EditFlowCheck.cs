using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>Compares what Edit-Flow heads predict: rates and logits, and the logits of single positions asked for by index.</summary>
internal static class EditFlowCheck
{
    public static readonly string[] Outputs = ["sub_rate_hat", "del_rate_hat", "ins_rate_hat", "sub_logits", "ins_logits"];

    public static IEnumerable<CheckResult> Compare(TensorCase opened, DenoiserInput input, Tensor? time)
    {
        var compared = opened.Compared(input.Ids); // [B, T]
        using var prediction = ((IEditDenoiser)opened.Model.Denoiser).Predict(input, time);
        var rows = compared.flatten().nonzero().flatten().flip(0); // every defined row, in another order
        var results = new List<CheckResult>
        {
            Check("sub_rate_hat", prediction.SubstitutionRates),
            Check("del_rate_hat", prediction.DeletionRates),
            Check("ins_rate_hat", prediction.InsertionRates),
            Check("sub_logits", prediction.SubstitutionLogits()),
            Check("ins_logits", prediction.InsertionLogits()),
            CheckRows("sub_logits", prediction.SubstitutionLogits(rows)),
            CheckRows("ins_logits", prediction.InsertionLogits(rows)),
        };
        return results;

        CheckResult Check(string name, Tensor actual) => opened.Compare(name, opened.Read(name)[compared], actual[compared]);

        CheckResult CheckRows(string name, Tensor actual) =>
            opened.Compare($"{name} of chosen positions", opened.Read(name).flatten(0, 1)[rows], actual);
    }
}
