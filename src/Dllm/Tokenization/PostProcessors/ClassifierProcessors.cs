namespace Dllm.Tokenization;

/// <summary>A special token of a post-processor.</summary>
internal readonly record struct SpecialPiece(int Id, string Text);

/// <summary>BERT's: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>.</summary>
internal sealed class BertProcessor(SpecialPiece classifier, SpecialPiece separator) : IPostProcessor
{
    public IReadOnlyList<TokenList> Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
        {
            return texts;
        }

        var result = new TokenList(texts[0].Details is not null, texts[0].Ids.Count + 2);
        result.AddSpecial(classifier.Id, classifier.Text, 0);
        result.Append(texts[0]);
        result.AddSpecial(separator.Id, separator.Text, 0);
        for (int i = 1; i < texts.Count; i++)
        {
            result.Append(texts[i]);
            result.AddSpecial(separator.Id, separator.Text, 1);
        }

        return [result];
    }
}

/// <summary>RoBERTa's: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>; one segment.</summary>
internal sealed class RobertaProcessor(SpecialPiece classifier, SpecialPiece separator, OffsetTrimmer trimmer) : IPostProcessor
{
    public IReadOnlyList<TokenList> Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens)
    {
        texts = trimmer.Process(texts, addSpecialTokens);
        foreach (TokenList text in texts)
        {
            text.SetType(0);
        }

        if (!addSpecialTokens)
        {
            return texts;
        }

        var result = new TokenList(texts[0].Details is not null, texts[0].Ids.Count + 2);
        for (int i = 0; i < texts.Count; i++)
        {
            SpecialPiece first = i == 0 ? classifier : separator;
            result.AddSpecial(first.Id, first.Text, 0);
            result.Append(texts[i]);
            result.AddSpecial(separator.Id, separator.Text, 0);
        }

        return [result];
    }
}
