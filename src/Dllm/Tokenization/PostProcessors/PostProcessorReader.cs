namespace Dllm.Tokenization;

/// <summary>Reads the <c>post_processor</c> of a tokenizer file.</summary>
internal static class PostProcessorReader
{
    public static IPostProcessor Read(JsonSection section)
    {
        string type = section.Type();
        return type switch
        {
            "Sequence" => new PostProcessorSequence([.. section.Get("processors").Items().Select(Read)]),
            "ByteLevel" => Trimmer(section),
            "BertProcessing" => new BertProcessor(Special(section.Get("cls")), Special(section.Get("sep"))),
            "RobertaProcessing" => new RobertaProcessor(Special(section.Get("cls")), Special(section.Get("sep")), Trimmer(section)),
            "TemplateProcessing" => ReadTemplate(section),
            _ => throw section.Unknown(
                "post-processor", type, "Sequence, ByteLevel, BertProcessing, RobertaProcessing, TemplateProcessing"),
        };
    }

    private static OffsetTrimmer Trimmer(JsonSection section) =>
        new(section.Flag("trim_offsets", true), section.Flag("add_prefix_space", true));

    private static SpecialPiece Special(JsonSection section)
    {
        JsonSection[] pair = [.. section.Items()];
        return pair.Length == 2
            ? new SpecialPiece(pair[1].Number(), pair[0].Text())
            : throw section.Error("is no pair of a token and its id");
    }

    private static TemplateProcessor ReadTemplate(JsonSection section)
    {
        var tokens = new Dictionary<string, IReadOnlyList<SpecialPiece>>(StringComparer.Ordinal);
        foreach ((string key, JsonSection value) in section.Get("special_tokens").Members())
        {
            int[] ids = [.. value.Get("ids").Items().Select(id => id.Number())];
            string[] texts = [.. value.Get("tokens").Items().Select(text => text.Text())];
            tokens[key] = ids.Length == texts.Length
                ? [.. ids.Zip(texts, (id, text) => new SpecialPiece(id, text))]
                : throw value.Error($"has {ids.Length} ids but {texts.Length} tokens");
        }

        return new TemplateProcessor(Pieces(section.Get("single"), tokens, 1), Pieces(section.Get("pair"), tokens, 2));
    }

    private static List<TemplatePiece> Pieces(JsonSection section, Dictionary<string, IReadOnlyList<SpecialPiece>> tokens, int texts)
    {
        var pieces = new List<TemplatePiece>();
        foreach (JsonSection item in section.Items())
        {
            if (item.TryGet("Sequence") is { } sequence)
            {
                int text = sequence.Text("id") switch
                {
                    "A" => 0,
                    "B" when texts > 1 => 1,
                    var other => throw sequence.Error($"stands for the text '{other}', which this template does not have"),
                };
                pieces.Add(new TemplatePiece(text, [], sequence.Number("type_id")));
            }
            else
            {
                JsonSection special = item.Get("SpecialToken");
                IReadOnlyList<SpecialPiece> known = tokens.TryGetValue(special.Text("id"), out IReadOnlyList<SpecialPiece>? found)
                    ? found
                    : throw special.Error($"names '{special.Text("id")}', which special_tokens lacks");
                pieces.Add(new TemplatePiece(-1, known, special.Number("type_id")));
            }
        }

        return pieces;
    }
}
