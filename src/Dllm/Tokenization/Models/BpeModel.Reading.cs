using System.Text.Json;

namespace Dllm.Tokenization;

internal sealed partial class BpeModel
{
    private BpeModel(JsonSection section, bool spellsBytes)
    {
        Vocabulary = Vocabulary.Read(section.Get("vocab"));
        _continuingPrefix = section.OptionalText("continuing_subword_prefix") ?? "";
        _endSuffix = section.OptionalText("end_of_word_suffix") ?? "";
        _fusesUnknown = section.Flag("fuse_unk", false);
        _ignoresMerges = section.Flag("ignore_merges", false);
        _spellsBytes = spellsBytes;
        if (section.OptionalText("unk_token") is { Length: > 0 } unknown)
        {
            _unknown = Vocabulary.IdOf(unknown) ?? throw section.Get("unk_token").Error($"is '{unknown}', which the vocabulary lacks");
        }

        bool fallsBack = section.Flag("byte_fallback", false);
        _fallbackIds = fallsBack ? new int[256] : null;
        for (int value = 0; value < 256; value++)
        {
            _byteIds[value] = Vocabulary.IdOf([ByteAlphabet.ToCharacter((byte)value)]) ?? -1;
            if (_fallbackIds is not null)
            {
                _fallbackIds[value] = Vocabulary.IdOf($"<0x{value:X2}>") ?? -1;
            }
        }

        for (int unit = 0; unit < CommonCharacters; unit++)
        {
            _characterIds[unit] = Vocabulary.IdOf([(char)unit]) ?? -1;
        }

        _merges = ReadMerges(section.Get("merges"), out bool acrossBlanks);
        KeepsBlanksInFront = !acrossBlanks && !spellsBytes && _characterIds[BlankScanner.Blank] >= 0
            && _continuingPrefix.Length == 0 && _endSuffix.Length == 0 && !_ignoresMerges;
    }

    /// <summary>Whether no merge joins SentencePiece's blank to something else before it: then a text may be cut there first.</summary>
    public bool KeepsBlanksInFront { get; }

    /// <summary>Whether a model can take the spelling of a byte-level pre-tokenizer over.</summary>
    public static bool CanSpellBytes(JsonSection section) =>
        string.IsNullOrEmpty(section.OptionalText("continuing_subword_prefix"))
        && string.IsNullOrEmpty(section.OptionalText("end_of_word_suffix"))
        && !section.Flag("byte_fallback", false);

    public static BpeModel Read(JsonSection section, bool spellsBytes) => new(section, spellsBytes);

    private MergeTable ReadMerges(JsonSection section, out bool acrossBlanks)
    {
        acrossBlanks = false;
        if (!section.IsList)
        {
            throw section.Error("is not a list of merges");
        }

        var merges = new MergeTable(section.Element.GetArrayLength());
        var joined = new char[256];
        int rank = 0;
        foreach (JsonElement merge in section.Element.EnumerateArray())
        {
            (string left, string right) = PairOf(section, merge, rank);
            string rest = _continuingPrefix.Length > 0 && right.StartsWith(_continuingPrefix, StringComparison.Ordinal)
                ? right[_continuingPrefix.Length..]
                : right;
            int length = left.Length + rest.Length;
            if (length > joined.Length)
            {
                joined = new char[2 * length];
            }

            left.CopyTo(joined);
            rest.CopyTo(joined.AsSpan(left.Length));
            acrossBlanks |= right.Contains(BlankScanner.Blank) && left[^1] != BlankScanner.Blank;
            merges.Add(IdOf(section, left, rank), IdOf(section, right, rank), rank, IdOf(section, joined.AsSpan(0, length), rank));
            rank++;
        }

        return merges;
    }

    private int IdOf(JsonSection section, ReadOnlySpan<char> token, int rank) => Vocabulary.TryGetId(token, out int id)
        ? id
        : throw section.Error($"needs the token '{token}' for entry {rank}, which the vocabulary lacks");

    private static (string Left, string Right) PairOf(JsonSection section, JsonElement merge, int rank)
    {
        try
        {
            if (merge.ValueKind == JsonValueKind.String)
            {
                string text = merge.GetString()!;
                int blank = text.IndexOf(' ');
                if (blank > 0 && blank + 1 < text.Length && text.IndexOf(' ', blank + 1) < 0)
                {
                    return (text[..blank], text[(blank + 1)..]);
                }
            }
            else if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
                && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String)
            {
                (string left, string right) = (merge[0].GetString()!, merge[1].GetString()!);
                if (left.Length > 0 && right.Length > 0)
                {
                    return (left, right);
                }
            }
        }
        catch (InvalidOperationException error)
        {
            throw new DllmException(section.Error($"holds half of a surrogate pair in entry {rank}").Message, null, error);
        }

        throw section.Error($"has in entry {rank} {merge.GetRawText()}, which is no pair of tokens");
    }
}
