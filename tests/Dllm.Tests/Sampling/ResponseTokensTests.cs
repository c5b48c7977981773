using Dllm.Sampling;
using Dllm.Tokenization;

namespace Dllm.Tests.Sampling;

public class ResponseTokensTests
{
    private const int Mask = 22;
    private const int End = 21;
    private const int EndOfTurn = 20;

    private static readonly SpecialTokens Tokens = new() { MaskId = Mask, EosId = End, EndOfTurnId = EndOfTurn, BosId = 19 };

    [Theory]
    [InlineData(new[] { 1, 2, 5, 6, End, 7 }, new[] { 5, 6 })]
    [InlineData(new[] { 1, 2, 5, EndOfTurn, 6, End }, new[] { 5 })]
    [InlineData(new[] { 1, 2, 5, 6 }, new[] { 5, 6 })]
    [InlineData(new[] { 1, 2 }, new int[0])]
    [InlineData(new[] { End, End, 1, 2, 5, 6 }, new[] { 5, 6 })] // padded on the left
    [InlineData(new int[0], new int[0])]
    public void CompletionEndsAtTheFirstEndToken(int[] sequence, int[] expected) =>
        Assert.Equal(expected, ResponseTokens.Completion(sequence, [1, 2], End, [End, EndOfTurn]));

    [Fact]
    public void APromptMayBeginWithThePaddingToken() =>
        Assert.Equal([5], ResponseTokens.Completion([End, End, 1, 5, End], [End, 1], End, [End]));

    [Fact]
    public void InfillingReadsTheGapsOfPaddedRows()
    {
        int[] prompt = [1, Mask, 3, Mask, Mask];
        Assert.Equal([7, 8, 9], ResponseTokens.Infilling([1, 7, 3, 8, 9, End, End], prompt, Mask, End, [End]));
        Assert.Equal([7], ResponseTokens.Infilling([End, 1, 7, 3, End, 9], prompt, Mask, End, [End]));
    }

    [Fact]
    public void AResponderRunsPromptsToAnswers()
    {
        using var denoiser = new TableDenoiser();
        var options = new MdlmSamplerOptions { Steps = 6, MaxNewTokens = 6, SuppressTokens = [Mask] };
        var responder = new Responder(new MdlmSampler(denoiser, options), options, Tokens);
        var canvas = responder.CompletionCanvas([[1, 2, 3], [4]]);
        var answers = responder.Respond(canvas, TestContext.Current.CancellationToken);
        Assert.Equal(0, canvas.MasksLeft);
        for (var row = 0; row < 2; row++)
        {
            var written = canvas.Written(row);
            Assert.Equal(written.TakeWhile(id => id is not (End or EndOfTurn)), answers[row]);
            Assert.Equal(6, written.Length);
        }
    }

    [Fact]
    public void AShiftedModelGetsATokenToStartFrom()
    {
        using var denoiser = new TableDenoiser();
        var options = new MdlmSamplerOptions { MaxLength = 4, RightShiftLogits = true };
        var responder = new Responder(new MdlmSampler(denoiser, options), options, Tokens);
        Assert.Equal([19, Mask, Mask, Mask], responder.CompletionCanvas([[]]).Row(0).ToArray());
        var without = new Responder(new MdlmSampler(denoiser, options), options, Tokens with { BosId = null });
        Assert.ThrowsAny<DllmException>(() => without.CompletionCanvas([[]]));
        Assert.Equal([1, Mask, Mask, Mask], without.CompletionCanvas([[1]]).Row(0).ToArray());
    }

    [Fact]
    public void ATokenizerNeedsAMaskAndAnEnd()
    {
        using var denoiser = new TableDenoiser();
        var sampler = new MdlmSampler(denoiser, new MdlmSamplerOptions());
        Assert.Contains("mask", Assert.ThrowsAny<DllmException>(() => new Responder(sampler, new(), Tokens with { MaskId = null })).Message);
        Assert.ThrowsAny<DllmException>(() => new Responder(sampler, new(), Tokens with { EosId = null }));
        Assert.NotNull(new Responder(sampler, new(), Tokens with { EosId = null, PadId = 3 }));
    }
}
