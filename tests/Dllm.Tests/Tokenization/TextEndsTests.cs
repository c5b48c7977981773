using Dllm.Checkpoints;
using Dllm.Cli.Display;
using Dllm.Data;
using Dllm.Models;
using Dllm.Sampling;
using Dllm.Tests.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Tests.Tokenization;

/// <summary>The end of a turn ends a text however it is spelled in tokens.</summary>
public class TextEndsTests
{
    // As a plain BERT's: [/Answer] is three words to it. The ids are the places.
    private static readonly string[] Words = ["<pad>", "[MASK]", "a", "b", "[/", "Answer", "]", "</s>", "[/Answer]"];

    private static Tokenizer Plain(string? also = null) => Open(Words[..8], also);

    private static Tokenizer Open(string[] words, string? added = null)
    {
        using var folder = new TemporaryFolder();
        var vocabulary = string.Join(", ", words.Select((word, i) => $"\"{word}\": {i}"));
        var list = added is null ? "" : $"{{\"id\": 8, \"content\": \"{added}\", \"special\": true, \"normalized\": false}}";
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), $$"""
            {"added_tokens": [{{list}}], "pre_tokenizer": {"type": "Whitespace"},
             "model": {"type": "WordLevel", "unk_token": "<pad>", "vocab": { {{vocabulary}} } } }
            """);
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), """{"pad_token": "<pad>", "mask_token": "[MASK]", "eos_token": "</s>"}""");
        return Tokenizer.FromDirectory(folder.Path).With(TokenizerSetup.For("bert"));
    }

    [Theory]
    [InlineData(new[] { 2, 3, 4, 5, 6, 2 }, 2)] // [/ Answer ]
    [InlineData(new[] { 2, 7, 4, 5, 6 }, 1)] // the end token first
    [InlineData(new[] { 4, 5, 6, 7 }, 0)]
    [InlineData(new[] { 2, 4, 5, 3, 6 }, null)] // not spelled
    [InlineData(new int[0], null)]
    public void PiecesThatSpellTheEndAreAnEnd(int[] written, int? place)
    {
        var ends = new TextEnds(Plain());
        Assert.Equal([4, 5, 6], ends.Pieces);
        Assert.Equal(place, ends.Find(written));
        Assert.Equal(written[..(place ?? written.Length)], ends.Before(written).ToArray());
        Assert.Equal(string.Join(' ', written[..(place ?? written.Length)].Select(id => Words[id])), new ResponseText(Plain()).Completion(written, 0));
    }

    [Fact]
    public void OneTokenNeedsNoSpelling()
    {
        var ends = new TextEnds(Plain("[/Answer]"), [3]);
        Assert.Empty(ends.Pieces);
        Assert.Equal([7, 8, 3], ends.TokenIds);
        Assert.Equal(1, ends.Find([2, 8, 3]));
        Assert.Equal(0, ends.Find([3, 8]));
    }

    // Letters may be joined to what stands beside the end: its text is found where its tokens are not.
    [Fact]
    public void SpellingsAreFoundByTheTextToo()
    {
        var tokenizer = Open(["<pad>", "[MASK]", "a", "b", "[/", "Answer", "]", "</s>", "[/ Answer ]"]);
        Assert.Equal(1, new TextEnds(tokenizer).Find([2, 8, 3]));
        Assert.Equal("a", new ResponseText(tokenizer).Completion([2, 8, 3], 0));
    }

    [Fact]
    public void SamplingStopsAtPieces()
    {
        int[] wanted = [2, 4, 5, 6, 3, 3, 3, 3];
        var denoiser = new Saying([0, .. wanted.Select(id => (long)id)]);
        var options = new MdlmSamplerOptions { Steps = 8, MaxNewTokens = 8, BlockSize = 1, EosEarlyStop = true, EndPieces = [4, 5, 6] };
        var canvas = Canvas.ForCompletion([[0]], 8, 1, 0);
        Assert.Equal(4, new MdlmSampler(denoiser, options).Sample(canvas, TestContext.Current.CancellationToken).Count());
        Assert.Equal([2, 4, 5, 6, 0, 0, 0, 0], canvas.Written(0));
    }

    [Fact]
    public void TheEndIsNotShown()
    {
        var canvas = Canvas.ForInfilling([[2, 4, 5, 6, 1]], 1, 0);
        canvas.Apply([new CanvasChange(0, 4, 3, 1)]);
        var filled = Canvas.ForCompletion([[4, 5, 6]], 5, 1, 0);
        filled.Apply([.. new[] { 2, 4, 5, 6, 3 }.Select((id, i) => new CanvasChange(0, 3 + i, id, 1))]);
        var text = new CanvasText(ids => string.Join(' ', ids.Select(id => Words[id]))) { End = [4, 5, 6] };
        Assert.Equal("[/ Answer ] a b", CanvasText.OneLine(text.Row(filled, 0, new HashSet<int>())));
        Assert.Equal("a [/ Answer ] b", CanvasText.OneLine(text.Row(canvas, 0, new HashSet<int>()))); // given, not written
    }

    [Fact]
    public void MarksOfATemplateBecomeTokensWithRowsOfTheirOwn()
    {
        var tokenizer = Plain().WithChatTemplate(ChatTemplates.Source(ChatTemplates.BertChat));
        string[] missing = [.. new ConversationEncoder(tokenizer).FindMissingTokens()];
        Assert.Equal(["[SYS]", "[/SYS]", "[Question]", "[/Question]", "[Answer]", "[/Answer]"], missing);
        Assert.Empty(new ConversationEncoder(tokenizer.WithChatTemplate("{{ raise_exception('no tools') }}[INST]")).FindMissingTokens());
        var grown = tokenizer.WithAddedTokens(missing);
        Assert.Equal((13, 13), (grown.SpecialTokens.EndOfTurnId, grown.IdCount - 1));
        Assert.Empty(new ConversationEncoder(grown).FindMissingTokens());
        Assert.Equal(tokenizer.AddedTokens, tokenizer.WithAddedTokens([]).AddedTokens);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("modernbert")]
    [InlineData("a2d-qwen3")]
    public void AddedRowsAreTheMeanOfThoseThere(string modelType)
    {
        using var small = TinyModels.Build(modelType);
        var config = JsonConfig.Parse(TinyModels.Config(modelType), "tiny").With("vocab_size", small.VocabularySize + 3);
        using var large = ModelFamilies.For(modelType).Build(config, ScalarType.Float32, CPU);
        VocabularyRows.Copy(small, large);
        var before = small.state_dict();
        foreach (var (name, after) in large.state_dict())
        {
            var rows = before[name].size(0);
            Assert.True(allclose(after.narrow(0, 0, rows), before[name]), name);
            if (after.size(0) > rows) Assert.True(allclose(after[rows + 2], before[name].mean([0]), atol: 1e-6), name);
        }
    }

    private sealed class Saying(long[] text) : IDenoiser
    {
        public int VocabularySize => 9;

        public Tensor Forward(DenoiserInput input)
        {
            using var ids = tensor(text).index_select(0, input.LogitPositions!);
            return nn.functional.one_hot(ids, VocabularySize).to(float32);
        }
    }
}
