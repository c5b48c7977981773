using Dllm.Data;

namespace Dllm.Tests.Data;

public class TextTests
{
    private static string[] Pack(TextPackingOptions options, params string[] texts)
        => [.. new TextPacking(WordTokenizer.Create(), options).Pack(texts).Select(block => string.Join(' ', block.Ids))];

    [Fact]
    public void Blocks_run_across_texts_and_the_tail_is_dropped()
    {
        var options = new TextPackingOptions { BlockLength = 3 };

        Assert.Equal(["6 7 1", "8 1 9"], Pack(options, "a b", "c", "d"));
        Assert.Equal(["6 7 1", "8 1 9", "1"], Pack(options with { DropTail = false }, "a b", "c", "d"));
        Assert.Equal(["6 7 8"], Pack(options with { AppendEnd = false }, "a b", "c", "d"));
    }

    [Fact]
    public void Texts_that_end_so_get_no_second_end()
        => Assert.Equal(["6 1 1"], Pack(new TextPackingOptions { BlockLength = 3 }, "a <end>", ""));

    [Fact]
    public void A_block_may_be_one_token()
        => Assert.Equal(["6", "7", "1"], Pack(new TextPackingOptions { BlockLength = 1 }, "a b"));

    [Fact]
    public void Nothing_gives_no_block()
        => Assert.Empty(Pack(new TextPackingOptions { AppendEnd = false, DropTail = false }, "", ""));

    [Fact]
    public void Packing_is_refused_without_an_end_token_or_a_length()
    {
        Assert.Throws<DllmException>(() => new TextPacking(WordTokenizer.Create(withEnd: false)));
        Assert.Throws<DllmException>(() => new TextPacking(WordTokenizer.Create(), new TextPackingOptions { BlockLength = 0 }));

        var withOwnEnd = new TextPacking(WordTokenizer.Create(withEnd: false), new TextPackingOptions { BlockLength = 2 }, endId: 5);
        Assert.Equal([6, 5], Assert.Single(withOwnEnd.Pack(["a"])).Ids);
    }

    [Fact]
    public void A_response_ends_at_the_first_end_token_whatever_the_padding()
    {
        var response = new ResponseText(WordTokenizer.Create());

        Assert.Equal("c d", response.Completion(WordTokenizer.Ids("<pad> <pad> a b c d <end> e <end>"), start: 4));
        Assert.Equal("c d", response.Completion(WordTokenizer.Ids("a b c d <end> <pad> <pad>"), start: 2));
        Assert.Equal("", response.Completion(WordTokenizer.Ids("a b"), start: 2));
    }

    [Fact]
    public void Gaps_are_read_in_a_row_that_is_padded_on_the_right()
    {
        var response = new ResponseText(WordTokenizer.Create());
        var (filled, prompt) = (WordTokenizer.Ids("a b c d <pad>"), WordTokenizer.Ids("a <mask> c <mask>"));

        Assert.Equal("b d", response.Infilling(filled, [1, 3]));
        Assert.Throws<DllmException>(() => response.ReferenceInfilling(filled, prompt));
        Assert.Equal("b d", response.ReferenceInfilling(filled[..4], prompt));
    }

    [Fact]
    public void Leading_ends_of_an_answer_end_it_though_the_original_drops_them_as_padding()
    {
        var tokenizer = WordTokenizer.Create();
        var response = new ResponseText(tokenizer, tokenizer.SpecialTokens with { PadId = WordTokenizer.End });

        Assert.Equal("", response.Completion(WordTokenizer.Ids("<end> a b"), start: 0));
        Assert.Equal("a b", response.ReferenceCompletion(WordTokenizer.Ids("<end> a b"), []));
    }
}
