using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Cli;
using Dllm.Tokenization;

namespace Dllm.Tests.Evaluation;

public sealed class SampledAnswersTests : IDisposable
{
    private const int NewTokens = 8;

    private readonly TinyCheckpoint _tiny = new();
    private readonly PretrainedModel _model;
    private readonly Tokenizer _tokenizer;

    public SampledAnswersTests()
    {
        _model = PretrainedModel.Load(_tiny.Model);
        _tokenizer = _model.Tokenizer!;
    }

    public void Dispose()
    {
        _model.Dispose();
        _tiny.Dispose();
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void AnAnswerDoesNotDependOnItsNeighbours(double temperature)
    {
        EvalRequest[] requests = [Ask("anna is in"), Ask("where is the red ball ?"), Ask("anna is in") with { Repeat = 1 }, Ask("ben")];
        string[] alone = [.. requests.Select(request => Answers(temperature, 1).Generate([request]).Single().Answer.Text)];
        foreach (int? rows in new int?[] { null, 3 })
        {
            var together = Answers(temperature, rows).Generate([.. requests.Reverse()]).ToDictionary(answer => requests.Length - 1 - answer.Request, answer => answer.Answer.Text);
            Assert.Equal(alone, Enumerable.Range(0, requests.Length).Select(i => together[i]));
        }

        if (temperature == 0) Assert.Equal(alone[0], alone[2]); // nothing is drawn
        else Assert.NotEqual(alone[0], alone[2]);
    }

    [Fact]
    public void AnswersEndInFrontOfAStopString()
    {
        string whole = Answers(0, null).Generate([Ask("where is the red ball ?")]).Single().Answer.Text;
        string stop = whole.Split(' ')[2];
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], Answers(0, null).Generate([Ask("where is the red ball ?", stop)]).Single().Answer.Text);
    }

    [Fact]
    public void NothingIsWrittenBehindWhatDecidesAnAnswer()
    {
        string whole = Answers(0, 1, blockSize: 1).Generate([Ask("where is the red ball ?")]).Single().Answer.Text;
        long before = _model.Denoiser.Forwards;
        _ = Answers(0, 1, blockSize: 1).Generate([Ask("where is the red ball ?", whole.Split(' ')[0])]).ToArray();
        Assert.Equal(1, _model.Denoiser.Forwards - before);
        before = _model.Denoiser.Forwards;
        _ = Answers(0, 1, blockSize: 1, final: false).Generate([Ask("where is the red ball ?", whole.Split(' ')[0])]).ToArray();
        Assert.Equal(NewTokens, _model.Denoiser.Forwards - before); // where tokens may change again, the answer is only known at the end
    }

    [Fact]
    public void LongPromptsLoseTheirBeginning()
    {
        var answers = Answers(0, null);
        string most = string.Join(' ', Enumerable.Repeat("one two three", 40));
        string[] texts = [.. answers.Generate([Ask("red " + most), Ask("green ball " + most)]).OrderBy(answer => answer.Request).Select(answer => answer.Answer.Text)];
        Assert.Equal(2, answers.TruncatedContexts);
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public void AGapHasTheTokensOfWhatStoodThereOrAsManyAsAreAskedFor()
    {
        var request = Ask("anna is in") with { Infill = new InfillSpan("and ben is in the garden", "the red kitchen") };
        foreach (int? span in new int?[] { null, 5 })
        {
            var answers = Answers(0, null, span: span);
            _ = answers.Generate([request]).ToArray();
            Assert.Equal(span ?? 3, answers.GeneratedTokens);
        }

        var other = request with { Infill = request.Infill with { Suffix = "hello" } };
        Assert.NotEqual(
            Answers(0, null, span: 5).Generate([request]).Single().Answer.Text, Answers(0, null, span: 5).Generate([other]).Single().Answer.Text);
    }

    [Fact]
    public void WhereGapsCannotBeFilledItIsSaid()
    {
        var sampling = Sampling(0, null, null, true, null) with { Infill = null };
        var request = Ask("anna") with { Infill = new InfillSpan("ben", "is") };
        Assert.Contains("gaps", Assert.Throws<DllmException>(() => new SampledAnswers(_tokenizer, sampling).Generate([request]).ToArray()).Message);
    }

    private static EvalRequest Ask(string prompt, params string[] until) => new(
        "t", 0, 0, RequestKind.GenerateUntil, prompt, "", new GenerationSettings { Until = until, Raw = new JsonObject { ["until"] = new JsonArray([.. until.Select(text => (JsonNode)text)]) } });

    private SampledAnswers Answers(double temperature, int? rows, int? blockSize = null, bool final = true, int? span = null) =>
        new(_tokenizer, Sampling(temperature, rows, blockSize, final, span));

    private AnswerSampling Sampling(double temperature, int? rows, int? blockSize, bool final, int? span)
    {
        int mask = _tokenizer.SpecialTokens.MaskId!.Value, padding = _tokenizer.SpecialTokens.PadId!.Value;
        // The end token is left out, so that answers have words.
        var options = new MdlmSamplerOptions
        {
            Steps = NewTokens,
            MaxNewTokens = NewTokens,
            BlockSize = blockSize,
            Temperature = temperature,
            SuppressTokens = [.. Enumerable.Range(0, 9)],
        };
        return new AnswerSampling
        {
            Sampler = seed => new MdlmSampler(_model.Denoiser, options with { Seed = temperature > 0 ? seed : null }),
            Complete = (prompts, _) => Canvas.ForCompletion(prompts, NewTokens, mask, padding),
            Infill = gaps => Canvas.ForInfilling(gaps, mask, padding),
            MaskTokenId = mask,
            IsRandom = temperature > 0,
            CommitsAreFinal = final,
            BatchSize = rows,
            MaxPositions = TinyCheckpoint.Context,
            SpanTokens = span,
            Seed = 1,
        };
    }
}
