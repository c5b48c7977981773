using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Training;

public sealed class MdlmObjectiveTests
{
    [Theory]
    [InlineData(LossNormalization.Token, false)]
    [InlineData(LossNormalization.Sequence, false)]
    [InlineData(LossNormalization.Batch, true)]
    [InlineData(LossNormalization.Sequence, true)]
    public void Logits_of_masked_tokens_alone_give_the_loss_of_all_logits(LossNormalization normalization, bool shift)
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model(dropout: 0);
        using var batch = Batch();
        var counter = new RowCounter(model);
        var options = new MdlmObjectiveOptions { LossNormType = normalization, RightShiftLogits = shift, Schedule = NoiseSchedule.Cosine };
        var result = TinyRun.Objective(options).Compute(counter, batch, new Generator(5));
        Assert.Equal(result.MaskedTokens, counter.Rows);
        Assert.Equal(Literal(model, batch, normalization, shift), result.Loss.ToSingle(), 1e-4f);
    }

    [Fact]
    public void A_batch_in_which_nothing_is_masked_has_loss_zero_and_gradients_of_zero()
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model(dropout: 0);
        using var batch = new Batch(tensor(new long[] { 5, 6, 7 }, 1, 3), full([1, 3], -100L, dtype: int64));
        var result = TinyRun.Objective().Compute(model, batch, new Generator(1));
        result.Backward();
        Assert.Equal((0f, 0L, 0L), (result.Loss.ToSingle(), result.Tokens, result.MaskedTokens));
        Assert.All(model.parameters(), parameter => Assert.Equal(0, parameter.grad!.abs().sum().ToSingle()));
    }

    [Theory]
    [InlineData(24, 24, "token id 24 at row 0, token 1")]
    [InlineData(-1, -1, "token id -1 at row 0, token 1")]
    [InlineData(6, 7, "label 7 at row 0, token 1")]
    public void Ids_and_labels_out_of_range_are_told_with_their_place(long id, long label, string told)
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model();
        using var batch = new Batch(tensor(new[] { 5, id }, 1, 2), tensor(new[] { -100, label }, 1, 2));
        Assert.Contains(told, Assert.Throws<DllmException>(() => TinyRun.Objective().Compute(model, batch, new Generator(1))).Message);
    }

    [Fact]
    public void A_mask_token_beyond_the_vocabulary_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model();
        using var batch = Batch();
        var error = Assert.Throws<DllmException>(() => new MdlmObjective(TinyRun.Vocabulary).Compute(model, batch, new Generator(1)));
        Assert.Contains("24", error.Message);
    }

    [Fact]
    public void Shifted_logits_of_first_tokens_need_a_token_before_them()
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model();
        using var batch = new Batch(tensor(new long[] { 5, 6 }, 1, 2), tensor(new long[] { 5, 6 }, 1, 2));
        var objective = new MdlmObjective(TinyRun.Mask, options: new MdlmObjectiveOptions { RightShiftLogits = true });
        Assert.Contains("begin-of-sequence", Assert.Throws<DllmException>(() => objective.Compute(model, batch, new Generator(1))).Message);
    }

    [Fact]
    public void It_leaves_nothing_but_its_result()
    {
        using var model = TinyRun.Model();
        using var batch = Batch();
        using var generator = new Generator(3);
        using var guard = no_grad();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        var result = TinyRun.Objective().Compute(model, batch, generator);
        Assert.Equal(before + 2, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        result.Loss.Dispose();
        result.NegativeLogLikelihood.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void The_earliest_time_lies_strictly_between_0_and_1(double epsilon) =>
        Assert.Throws<DllmException>(() => TinyRun.Objective(new MdlmObjectiveOptions { TimeEpsilon = epsilon }));

    private static Batch Batch()
    {
        using var generator = new Generator(1);
        return new PadCollator(0).Collate(TinyRun.Rows(4, 9), generator);
    }

    // The loss as the paper writes it, over every position.
    private static float Literal(Denoiser model, Batch batch, LossNormalization normalization, bool shift)
    {
        var noised = new ForwardProcess(NoiseSchedule.Cosine).Corrupt(batch.Ids, batch.Labels, TinyRun.Mask, new Generator(5));
        var logits = model.Forward(new DenoiserInput(noised.Ids, batch.AttentionMask)); // [B, T, V]
        if (shift) logits = cat([logits.narrow(1, 0, 1), logits.narrow(1, 0, logits.shape[1] - 1)], 1);
        var nll = nn.functional.cross_entropy(logits.transpose(1, 2), batch.Ids, reduction: nn.Reduction.None); // [B, T]
        nll = nll * NoiseSchedule.Cosine.Weight(noised.Times).unsqueeze(1) * noised.Masked;
        var maskable = batch.Labels != TokenizedSample.IgnoredLabel;
        var normalised = normalization switch
        {
            LossNormalization.Token => nll / maskable.sum(),
            LossNormalization.Sequence => nll / (maskable.sum(1, keepdim: true) * batch.Rows),
            _ => nll / batch.Rows,
        };
        return normalised.sum().ToSingle();
    }

    private sealed class RowCounter(IDenoiser inner) : IDenoiser
    {
        public long Rows { get; private set; }

        public int VocabularySize => inner.VocabularySize;

        public Tensor Forward(DenoiserInput input)
        {
            Rows = input.LogitPositions!.shape[0];
            return inner.Forward(input);
        }
    }
}
