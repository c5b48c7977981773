using Dllm.Evaluation.Instructions;

namespace Dllm.Tests.Evaluation.Instructions;

public sealed class SentenceSplitterTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("  \n ", 0)]
    [InlineData("one", 1)]
    [InlineData("One. Two! Three?", 3)]
    [InlineData("Dr. Smith came at 5 p.m. with J. Bach.", 1)]
    [InlineData("It rose to 3.14. Then it fell.", 2)]
    [InlineData("He said \"Stop.\" Then he left.", 2)]
    [InlineData("(It works.) Yes.", 2)]
    [InlineData("1. First\n2. Second", 3)] // a numbered list's numbers end sentences, as for the original
    [InlineData("in 5. place", 1)]
    [InlineData("Wait... then go. Wait... Then go.", 3)]
    [InlineData("What?! Really", 2)]
    [InlineData("Fruit, e.g. apples", 2)] // not among Punkt's abbreviations
    [InlineData("U.S. The end", 2)]
    [InlineData("word.Word", 1)]
    public void Sentences(string text, int count) => Assert.Equal(count, SentenceSplitter.Split(text).Count);

    [Fact]
    public void ClosingMarksStayWithTheirSentence()
    {
        const string text = "He said \"Stop.\" Then (he left.) Yes";
        Assert.Equal(["He said \"Stop.\"", "Then (he left.)", "Yes"], SentenceSplitter.Split(text).Select(range => text[range]));
    }

    [Theory]
    [InlineData("NASA's U.S.A. report", 2)]
    [InlineData("CANNOT", 2)]
    [InlineData("DON'T", 2)]
    [InlineData("A--B, C:D 3B 12", 5)]
    [InlineData("Not One", 0)]
    public void WordsInCapitals(string text, int count) => Assert.Equal(count, ResponseWords.Capitals(text));

    [Theory]
    [InlineData("don't stop_me ½ नमस्ते", 6)] // marks that combine end a word, as for the original
    [InlineData("", 0)]
    public void Words(string text, int count) => Assert.Equal(count, ResponseWords.Count(text));
}
