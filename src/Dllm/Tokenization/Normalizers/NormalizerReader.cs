using System.Text;

namespace Dllm.Tokenization;

/// <summary>Reads the <c>normalizer</c> of a tokenizer file.</summary>
internal static class NormalizerReader
{
    private const string Known = "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace, Nmt, ByteLevel, "
        + "Precompiled, BertNormalizer";

    public static INormalizer Read(JsonSection section)
    {
        string type = section.Type();
        return type switch
        {
            "Sequence" => new NormalizerSequence([.. section.Get("normalizers").Items().Select(Read)]),
            "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "Strip" => new StripNormalizer(section.Flag("strip_left"), section.Flag("strip_right")),
            "Prepend" => new PrependNormalizer(section.Text("prepend")),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(section.Get("pattern")), section.Text("content")),
            "Nmt" => new NmtNormalizer(),
            "ByteLevel" => new ByteLevelNormalizer(),
            "Precompiled" => PrecompiledNormalizer.Read(section),
            "BertNormalizer" => ReadBert(section),
            _ => throw section.Unknown("normalizer", type, Known),
        };
    }

    private static BertNormalizer ReadBert(JsonSection section)
    {
        bool lowercase = section.Flag("lowercase");
        return new BertNormalizer(
            section.Flag("clean_text"), section.Flag("handle_chinese_chars"), section.Flag("strip_accents", lowercase), lowercase);
    }
}
