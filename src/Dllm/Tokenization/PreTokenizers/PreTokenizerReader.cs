using System.Text;

namespace Dllm.Tokenization;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer file.</summary>
internal static class PreTokenizerReader
{
    private const string Known = "Sequence, ByteLevel, BertPreTokenizer, Metaspace, Split, Digits, Punctuation, Whitespace, "
        + "WhitespaceSplit, CharDelimiterSplit, FixedLength";

    /// <summary>The stages of a pre-tokenizer.</summary>
    /// <param name="section">The component, or null for none.</param>
    /// <param name="modelSpellsBytes">Whether the model takes a trailing byte-level stage's spelling over; false if there is none.</param>
    public static IReadOnlyList<IPreTokenizer> Read(JsonSection? section, ref bool modelSpellsBytes)
    {
        var components = new List<JsonSection>();
        if (section is { } root)
        {
            Flatten(root, components);
        }

        modelSpellsBytes &= components.Count > 0 && components[^1].Type() == "ByteLevel";
        var stages = new List<IPreTokenizer>();
        for (int i = 0; i < components.Count; i++)
        {
            if (components[i].Type() == "ByteLevel")
            {
                AddByteLevel(components[i], spells: !(modelSpellsBytes && i == components.Count - 1), stages);
            }
            else
            {
                stages.Add(ReadOne(components[i]));
            }
        }

        return stages;
    }

    private static void AddByteLevel(JsonSection section, bool spells, List<IPreTokenizer> stages)
    {
        if (section.Flag("add_prefix_space"))
        {
            stages.Add(new PrefixSpace());
        }

        if (section.Flag("use_regex", true))
        {
            stages.Add(new ScanningPreTokenizer(new Gpt2Pattern()));
        }

        if (spells)
        {
            stages.Add(new ByteSpelling());
        }
    }

    private static void Flatten(JsonSection section, List<JsonSection> components)
    {
        if (section.Type() != "Sequence")
        {
            components.Add(section);
            return;
        }

        foreach (JsonSection item in section.Get("pretokenizers").Items())
        {
            Flatten(item, components);
        }
    }

    private static IPreTokenizer ReadOne(JsonSection section)
    {
        string type = section.Type();
        return type switch
        {
            "BertPreTokenizer" => new ScanningPreTokenizer(new BertScanner()),
            "Metaspace" => ReadMetaspace(section),
            "Split" => ReadSplit(section),
            "Digits" => new SplitPreTokenizer(
                new CharacterPattern(ReferenceUnicode.IsNumeric),
                section.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "Punctuation" => new SplitPreTokenizer(
                new CharacterPattern(ReferenceUnicode.IsPunctuation),
                section.TryGet("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated),
            "Whitespace" => new ScanningPreTokenizer(new WordOrSymbolScanner()),
            "WhitespaceSplit" => new SplitPreTokenizer(new CharacterPattern(Rune.IsWhiteSpace), SplitBehavior.Removed),
            "CharDelimiterSplit" => new SplitPreTokenizer(new LiteralPattern(section.Text("delimiter")), SplitBehavior.Removed),
            "FixedLength" => new FixedLengthPreTokenizer(Length(section)),
            _ => throw section.Unknown("pre-tokenizer", type, Known),
        };
    }

    private static IPreTokenizer ReadSplit(JsonSection section)
    {
        JsonSection pattern = section.Get("pattern");
        SplitBehavior behavior = Behavior(section.Get("behavior"));
        bool inverted = section.Flag("invert", false);
        bool keepsMatches = behavior == SplitBehavior.Isolated || (behavior == SplitBehavior.Removed && inverted);
        return keepsMatches && PatternReader.ScannerOf(pattern) is { } scanner
            ? new ScanningPreTokenizer(scanner)
            : new SplitPreTokenizer(PatternReader.Read(pattern), behavior, inverted);
    }

    private static int Length(JsonSection section)
    {
        int length = section.TryGet("length")?.Number() ?? 5;
        return length > 0 ? length : throw section.Get("length").Error($"is {length}, but a piece has at least 1 character");
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonSection section)
    {
        PrependScheme scheme = SchemeOf(section);
        return new MetaspacePreTokenizer(Replacement(section), scheme, section.Flag("split", true));
    }

    /// <summary>What a Metaspace component puts for a blank.</summary>
    public static string Replacement(JsonSection section) => section.Text("replacement") is { Length: > 0 } text
        ? text
        : throw section.Get("replacement").Error("is empty, but a blank needs a character that stands for it");

    /// <summary>The scheme of a Metaspace component (pre-tokenizer or decoder), in the new spelling or the old.</summary>
    public static PrependScheme SchemeOf(JsonSection section)
    {
        if (!section.Flag("add_prefix_space", true))
        {
            return PrependScheme.Never;
        }

        return section.OptionalText("prepend_scheme") switch
        {
            null or "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw section.Get("prepend_scheme").Unknown("prepend scheme", other, "always, first, never"),
        };
    }

    private static SplitBehavior Behavior(JsonSection section) => section.Text() switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "Contiguous" => SplitBehavior.Contiguous,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        var other => throw section.Unknown(
            "split behavior", other, "Isolated, Removed, Contiguous, MergedWithPrevious, MergedWithNext"),
    };
}
