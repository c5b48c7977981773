using System.Text;

namespace Dllm.Tokenization;

/// <summary>Reads the <c>decoder</c> of a tokenizer file.</summary>
internal static class DecoderReader
{
    private const string Known = "Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip, WordPiece, Metaspace, BPEDecoder";

    public static IDecoder Read(JsonSection section)
    {
        string type = section.Type();
        return type switch
        {
            "Sequence" => new DecoderSequence([.. section.Get("decoders").Items().Select(Read)]),
            "ByteLevel" => new ByteLevelDecoder(),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "Replace" => ReadReplace(section),
            "Strip" => ReadStrip(section),
            "WordPiece" => ReadWordPiece(section),
            "Metaspace" => ReadMetaspace(section),
            "BPEDecoder" => ReadBpe(section),
            _ => throw section.Unknown("decoder", type, Known),
        };
    }

    private static EachTokenDecoder ReadReplace(JsonSection section)
    {
        ITextPattern pattern = PatternReader.Read(section.Get("pattern"));
        string content = section.Text("content");
        return new EachTokenDecoder((token, _, _, budget) =>
        {
            var matches = new List<TextMatch>();
            pattern.Match(token, budget, matches);
            budget.CheckLength((long)content.Length * matches.Count(match => match.IsMatch));
            var result = new StringBuilder(token.Length);
            foreach (TextMatch match in matches)
            {
                result.Append(match.IsMatch ? content : token.AsSpan(match.Start, match.End - match.Start));
            }

            return result.ToString();
        });
    }

    private static EachTokenDecoder ReadStrip(JsonSection section)
    {
        string content = section.Text("content");
        int left = section.Number("start");
        int right = section.Number("stop");
        return new EachTokenDecoder((token, _, _, _) =>
        {
            ReadOnlySpan<char> rest = token;
            for (int i = 0; i < left && content.Length > 0 && rest.StartsWith(content, StringComparison.Ordinal); i++)
            {
                rest = rest[content.Length..];
            }

            for (int i = 0; i < right && content.Length > 0 && rest.EndsWith(content, StringComparison.Ordinal); i++)
            {
                rest = rest[..^content.Length];
            }

            return rest.Length == token.Length ? token : rest.ToString();
        });
    }

    private static EachTokenDecoder ReadWordPiece(JsonSection section)
    {
        string prefix = section.OptionalText("prefix") ?? "##";
        bool cleans = section.Flag("cleanup", true);
        return new EachTokenDecoder((token, index, _, _) =>
        {
            string text = index == 0 ? token
                : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..]
                : " " + token;
            return cleans && text.Contains(' ', StringComparison.Ordinal) ? SpaceCleanup.CleanToken(text) : text;
        });
    }

    private static EachTokenDecoder ReadMetaspace(JsonSection section)
    {
        string replacement = PreTokenizerReader.Replacement(section);
        bool dropsFirst = PreTokenizerReader.SchemeOf(section) != PrependScheme.Never;
        return new EachTokenDecoder((token, index, _, _) =>
            token.Replace(replacement, index == 0 && dropsFirst ? "" : " ", StringComparison.Ordinal));
    }

    private static EachTokenDecoder ReadBpe(JsonSection section)
    {
        string suffix = section.OptionalText("suffix") ?? "</w>";
        return new EachTokenDecoder((token, index, count, _) =>
            suffix.Length == 0 ? token : token.Replace(suffix, index == count - 1 ? "" : " ", StringComparison.Ordinal));
    }
}
