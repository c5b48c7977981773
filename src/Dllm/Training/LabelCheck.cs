using Dllm.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>Checks of a batch on the CPU before it reaches a model, where a bad index would be an obscure native error.</summary>
internal static class LabelCheck
{
    /// <summary>Requires ids within the vocabulary, and labels that are −100 or equal to the id at their place.</summary>
    /// <exception cref="DllmException">They are not; the message names the first offender.</exception>
    public static void Validate(Tensor ids, Tensor labels, int vocabularySize)
    {
        using var scope = NewDisposeScope();
        Require(ids, ids.ge(0) & ids.lt(vocabularySize), "token id", $"the model's vocabulary has {vocabularySize}", "use the model's own tokenizer");
        var allowed = labels.eq(ids) | labels.eq(TokenizedSample.IgnoredLabel);
        Require(labels, allowed, "label", $"labels are {TokenizedSample.IgnoredLabel} or equal to the token id", "check the preprocessing");
    }

    private static void Require(Tensor values, Tensor allowed, string what, string rule, string remedy)
    {
        if (allowed.all().ToBoolean()) return;
        var place = allowed.logical_not().nonzero()[0].data<long>().ToArray();
        throw new DllmException($"{what} {values[place[0], place[1]].ToInt64()} at row {place[0]}, token {place[1]} is not allowed: {rule}", remedy);
    }
}
