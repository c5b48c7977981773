using Dllm.Evaluation;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Tests.Evaluation;

/// <summary>Given labels at the gaps of a text.</summary>
public sealed class GapChoicesTests : IDisposable
{
    private readonly TinyLikelihoods _tiny = new();
    private readonly Denoiser _model;

    public GapChoicesTests() => _model = _tiny.Open("masked");

    public void Dispose()
    {
        _model.Dispose();
        _tiny.Dispose();
    }

    [Fact]
    public void A_label_of_one_token_has_the_models_probability_of_it()
    {
        var scores = Assert.Single(Scorer().Score("the ball is [MASK] .", ["red", "green"]));
        double[] expected = [.. new[] { "red", "green" }.Select(label => Log(_tiny.Tokenizer.Encode("the ball is [MASK] ."), label))];
        Assert.Equal(expected[0], scores[0].LogLikelihood, 4);
        Assert.Equal(expected[1], scores[1].LogLikelihood, 4);
        Assert.Equal(Math.Exp(expected[0]) / (Math.Exp(expected[0]) + Math.Exp(expected[1])), scores[0].Probability, 4);
        Assert.Equal(["red", "green"], scores.Select(score => score.Choice)); // in the order given
        Assert.All(scores, score => Assert.Equal(1, score.Tokens));
    }

    [Fact]
    public void A_label_of_two_tokens_is_the_mean_over_the_orders_of_writing_it()
    {
        var score = Scorer().Score("the [MASK] .", ["red ball", "garden"])[0][0];
        int[] Ids(string text) => _tiny.Tokenizer.Encode(text);
        double first = Log(Ids("the [MASK] [MASK] ."), "red", 0) + Log(Ids("the red [MASK] ."), "ball");
        double second = Log(Ids("the [MASK] [MASK] ."), "ball", 1) + Log(Ids("the [MASK] ball ."), "red");
        Assert.Equal(2, score.Tokens);
        Assert.Equal((first + second) / 2, score.LogLikelihood, 4);
    }

    [Fact]
    public void Each_mask_is_a_gap_and_the_others_stay_masked()
    {
        var gaps = Scorer().Score("[MASK] is in the [MASK] .", ["anna", "garden", "red green ball"]);
        Assert.Equal(2, gaps.Count);
        Assert.All(gaps, scores => Assert.Equal(1, scores.Sum(score => score.Probability), 9));
        Assert.Equal(Log(_tiny.Tokenizer.Encode("[MASK] is in the [MASK] ."), "garden", 1), gaps[1][1].LogLikelihood, 4);
        Assert.Equal(3, gaps[0][2].Tokens);
    }

    [Fact]
    public void Long_labels_are_estimated_alike_each_time()
    {
        string label = string.Join(' ', Enumerable.Repeat("red ball and", 3));
        var first = Scorer().Score("the [MASK] .", [label, "garden"])[0];
        Assert.Equal(9, first[0].Tokens);
        Assert.Equal(first, Scorer().Score("the [MASK] .", [label, "garden"])[0]);
    }

    [Fact]
    public void All_combinations_weigh_as_the_usual_estimate_does_in_the_mean()
    {
        var all = NoisyCopies.All(2, 3);
        Assert.Equal(7, all.Count);
        Assert.Equal([2, 3, 4], all[^1].Masked);
        Assert.All(Enumerable.Range(2, 3), place => // one mask of three, two pairs of three, all: 1/3 + 2/6 + 1/3
            Assert.Equal(1, all.Where(copy => copy.Masked.Contains(place)).Sum(copy => copy.Weight), 9));
    }

    [Theory]
    [InlineData("the ball", "red", "green", "no mask token")]
    [InlineData("the [MASK]", "red", "red", "given twice")]
    [InlineData("the [MASK]", "red", " ", "is empty")]
    [InlineData("the [MASK]", "red", "[MASK]", "holds a mask token")]
    public void What_cannot_be_scored_is_told(string text, string one, string other, string message) =>
        Assert.Contains(message, Assert.Throws<DllmException>(() => Scorer().Score(text, [one, other])).Message);

    [Fact]
    public void One_choice_and_too_long_a_text_are_refused()
    {
        Assert.Contains("at least two", Assert.Throws<DllmException>(() => Scorer().Score("[MASK]", ["red"])).Message);
        string text = string.Concat(Enumerable.Repeat("the ", 70)) + "[MASK]";
        Assert.Contains("reads at most 64", Assert.Throws<DllmException>(() => Scorer().Score(text, ["red", "green"])).Message);
    }

    private GapChoices Scorer() => new(_model, _tiny.Tokenizer, _model.MaxPositions);

    // The log-probability of a token at the mask of a number.
    private double Log(int[] ids, string label, int number = 0)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        int mask = _tiny.Tokenizer.SpecialTokens.MaskId!.Value;
        int place = Enumerable.Range(0, ids.Length).Where(i => ids[i] == mask).ElementAt(number);
        var logits = _model.Forward(new DenoiserInput(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0)))[0, place];
        return logits.log_softmax(-1, float32)[_tiny.Tokenizer.Encode(label, addSpecialTokens: false)[0]].item<float>();
    }
}
