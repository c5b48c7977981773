namespace Dllm.Tokenization;

/// <summary>What is known of a token besides its id.</summary>
/// <param name="Start">First code point of the text behind it.</param>
/// <param name="End">One past the last code point.</param>
/// <param name="TypeId">Segment.</param>
/// <param name="IsSpecial">Whether the post-processor added it.</param>
/// <param name="Text">The token as the model spells it.</param>
internal record struct TokenDetail(int Start, int End, int TypeId, bool IsSpecial, string Text);

/// <summary>The tokens of a text, with their details when those are asked for.</summary>
internal sealed class TokenList(bool detailed, int capacity)
{
    public List<int> Ids { get; } = new(capacity);

    /// <summary>One per id, or null when nobody asked.</summary>
    public List<TokenDetail>? Details { get; } = detailed ? new List<TokenDetail>(capacity) : null;

    /// <summary>The same ids alone.</summary>
    public TokenList WithoutDetails()
    {
        var list = new TokenList(detailed: false, Ids.Count);
        list.Ids.AddRange(Ids);
        return list;
    }

    /// <summary>Gives every token a segment.</summary>
    public void SetType(int typeId)
    {
        for (int i = 0; Details is not null && i < Details.Count; i++)
        {
            Details[i] = Details[i] with { TypeId = typeId };
        }
    }

    /// <summary>Adds a token that stands for no text.</summary>
    public void AddSpecial(int id, string text, int typeId)
    {
        Ids.Add(id);
        Details?.Add(new TokenDetail(0, 0, typeId, true, text));
    }

    /// <summary>Adds the tokens of another list.</summary>
    public void Append(TokenList other)
    {
        Ids.AddRange(other.Ids);
        if (other.Details is not null)
        {
            Details?.AddRange(other.Details);
        }
    }
}
