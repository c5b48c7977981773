namespace Dllm.Tokenization;

/// <summary>One place of a template: a text of the input, or special tokens.</summary>
/// <param name="Text">0 or 1 for the first or second text; -1 for special tokens.</param>
/// <param name="Tokens">The special tokens.</param>
/// <param name="TypeId">Segment.</param>
internal sealed record TemplatePiece(int Text, IReadOnlyList<SpecialPiece> Tokens, int TypeId);

/// <summary>Puts texts and special tokens where a template says.</summary>
internal sealed class TemplateProcessor(IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair) : IPostProcessor
{
    public IReadOnlyList<TokenList> Process(IReadOnlyList<TokenList> texts, bool addSpecialTokens)
    {
        var result = new TokenList(texts[0].Details is not null, texts[0].Ids.Count + 4);
        foreach (TemplatePiece piece in texts.Count == 1 ? single : pair)
        {
            if (piece.Text >= 0)
            {
                texts[piece.Text].SetType(piece.TypeId);
                result.Append(texts[piece.Text]);
            }
            else if (addSpecialTokens)
            {
                foreach (SpecialPiece token in piece.Tokens)
                {
                    result.AddSpecial(token.Id, token.Text, piece.TypeId);
                }
            }
        }

        return [result];
    }
}
