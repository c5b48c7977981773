namespace Dllm.Tokenization;

/// <summary>What becomes of the matches of a splitting pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece.</summary>
    Isolated,

    /// <summary>Matches vanish.</summary>
    Removed,

    /// <summary>Neighbouring matches are one piece.</summary>
    Contiguous,

    /// <summary>A match joins the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match joins the piece after it.</summary>
    MergedWithNext,
}

/// <summary>Cuts where a pattern matches.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="behavior">What becomes of its matches.</param>
/// <param name="inverted">Whether the stretches between the matches count as the matches.</param>
internal sealed class SplitPreTokenizer(ITextPattern pattern, SplitBehavior behavior, bool inverted = false) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> parts)
    {
        MappedText text = piece.Text.Slice(piece.Start, piece.Length);
        var matches = new List<TextMatch>(piece.Length / 4);
        pattern.Match(text.Value, text.Budget, matches);
        switch (behavior)
        {
            case SplitBehavior.Isolated:
                Emit(text, matches, parts);
                break;
            case SplitBehavior.Removed:
                matches.RemoveAll(match => match.IsMatch != inverted);
                Emit(text, matches, parts);
                break;
            default:
                Merge(text, matches, parts);
                break;
        }
    }

    private static void Emit(MappedText text, List<TextMatch> matches, List<Piece> parts)
    {
        foreach (TextMatch match in matches)
        {
            parts.Add(new Piece(text, match.Start, match.End - match.Start));
        }
    }

    private void Merge(MappedText text, List<TextMatch> matches, List<Piece> parts)
    {
        if (behavior == SplitBehavior.MergedWithNext)
        {
            matches.Reverse();
        }

        var merged = new List<TextMatch>(matches.Count);
        bool previous = false;
        foreach (TextMatch match in matches)
        {
            bool isMatch = match.IsMatch != inverted;
            bool joins = behavior == SplitBehavior.Contiguous ? isMatch == previous : isMatch && !previous;
            if (joins && merged.Count > 0)
            {
                TextMatch last = merged[^1];
                merged[^1] = new TextMatch(Math.Min(last.Start, match.Start), Math.Max(last.End, match.End), false);
            }
            else
            {
                merged.Add(match);
            }

            previous = isMatch;
        }

        if (behavior == SplitBehavior.MergedWithNext)
        {
            merged.Reverse();
        }

        Emit(text, merged, parts);
    }
}
