using System.Runtime.InteropServices;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>
/// Rewrites a text from left to right while keeping origins as the reference library does: a character that replaces another takes over
/// its origin; an inserted one shares the origin of the character before it; a removed one leaves none.
/// </summary>
/// <param name="source">The text to rewrite.</param>
internal sealed class MappedTextBuilder(MappedText source)
{
    private StringBuilder? _text; // made when something changes: most texts stay as they are
    private readonly List<int>? _sources = source.Tracked ? new List<int>(source.Value.Length + 16) : null;
    private int _position;

    private StringBuilder Text => _text ??= new StringBuilder(source.Value.Length + 16);

    /// <summary>Copies the next units.</summary>
    public void Keep(int units)
    {
        if (units == 0)
        {
            return;
        }

        Text.Append(source.Value, _position, units);
        for (int i = 0; _sources is not null && i < units; i++)
        {
            _sources.Add(_position + i);
        }

        _position += units;
    }

    /// <summary>Copies the units up to an index.</summary>
    public void KeepTo(int index) => Keep(index - _position);

    /// <summary>Removes the next units.</summary>
    public void Skip(int units) => _position += units;

    /// <summary>Removes what is left.</summary>
    public void SkipRest() => _position = source.Value.Length;

    /// <summary>Removes the next characters, as the change of the character written last; nothing where none was written.</summary>
    public void Remove(int characters)
    {
        for (int i = 0; i < characters && _text is { Length: > 0 } && _position < source.Value.Length; i++)
        {
            _position += Runes.LengthAt(source.Value, _position);
        }
    }

    /// <summary>Puts a text in the place of the next units; all of it takes the origin of the unit at <paramref name="origin"/>.</summary>
    public void Replace(int units, ReadOnlySpan<char> replacement, int origin)
    {
        Append(replacement, origin);
        _position += units;
    }

    /// <summary>Writes a character by the reference's notation: 0 replaces the next character, a negative number replaces it and
    /// removes so many more, a positive one inserts.</summary>
    public void Change(Rune character, int change)
    {
        Span<char> units = stackalloc char[2];
        ReadOnlySpan<char> written = units[..character.EncodeToUtf16(units)];
        if (change > 0)
        {
            Append(written, _position - 1);
            return;
        }

        Append(written, Math.Min(_position, source.Value.Length - 1));
        for (int i = 0; i <= -change && _position < source.Value.Length; i++)
        {
            _position += Runes.LengthAt(source.Value, _position);
        }
    }

    /// <summary>Copies what is left and gives the new text; the old one where nothing was written.</summary>
    public MappedText Build()
    {
        if (_position == 0 && _text is null)
        {
            return source;
        }

        Keep(Math.Max(0, source.Value.Length - _position));
        return source.Replace(Text.ToString(), CollectionsMarshal.AsSpan(_sources));
    }

    private void Append(ReadOnlySpan<char> units, int origin)
    {
        source.Budget.CheckLength((long)Text.Length + units.Length);
        Text.Append(units);
        for (int i = 0; _sources is not null && i < units.Length; i++)
        {
            _sources.Add(origin);
        }
    }
}
