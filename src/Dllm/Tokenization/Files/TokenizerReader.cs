using System.Globalization;

namespace Dllm.Tokenization;

/// <summary>Reads the files of a Hugging Face tokenizer.</summary>
internal static class TokenizerReader
{
    public const string TokenizerFile = "tokenizer.json";
    public const string ConfigFile = "tokenizer_config.json";
    public const string MapFile = "special_tokens_map.json";
    public const string TemplateFile = "chat_template.jinja";
    private const string OldTemplateFile = "chat_template.json"; // of processors, for a time

    /// <summary>Reads a <c>tokenizer.json</c> and what its directory says about it.</summary>
    public static TokenizerParts Read(string path)
    {
        byte[] json = JsonSection.ReadFile(path);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        return Read(json, path, ReadBeside(directory, ConfigFile), ReadBeside(directory, MapFile), directory);
    }

    /// <summary>Reads the content of the files.</summary>
    /// <param name="json"><c>tokenizer.json</c>.</param>
    /// <param name="path">Its path, for complaints.</param>
    /// <param name="configJson"><c>tokenizer_config.json</c>, or null.</param>
    /// <param name="mapJson"><c>special_tokens_map.json</c>, or null.</param>
    /// <param name="directory">Where the two and perhaps a chat template are; null for a tokenizer that is not on disk yet.</param>
    public static TokenizerParts Read(byte[] json, string path, byte[]? configJson, byte[]? mapJson, string? directory)
    {
        JsonSection root = JsonSection.Parse(json, path);
        JsonSection? config = configJson is null ? null : JsonSection.Parse(configJson, Path.Combine(directory ?? "", ConfigFile));
        JsonSection? map = mapJson is null ? null : JsonSection.Parse(mapJson, Path.Combine(directory ?? "", MapFile));
        JsonSection modelSection = root.Get("model");
        bool spellsBytes = ModelReader.TypeOf(modelSection) == "BPE" && BpeModel.CanSpellBytes(modelSection);
        IReadOnlyList<IPreTokenizer> preTokenizers = PreTokenizerReader.Read(root.TryGet("pre_tokenizer"), ref spellsBytes);
        ITokenModel model = ModelReader.Read(modelSection, spellsBytes, out bool cutsAtBlanks);
        if (cutsAtBlanks)
        {
            preTokenizers = [.. preTokenizers, new ScanningPreTokenizer(new BlankScanner())];
        }

        List<AddedToken> added = ReadAdded(root, config, model.Vocabulary);
        SpecialTokens special = SpecialTokensReader.Read(config, map, added);
        int? IdOf(string text) => added.Find(token => token.Content == text)?.Id ?? model.Vocabulary.IdOf(text);
        return new TokenizerParts
        {
            Normalizer = root.TryGet("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null,
            PreTokenizers = preTokenizers,
            Model = model,
            PostProcessor = TextFrame.Read(
                config, root.TryGet("post_processor") is { } postProcessor ? PostProcessorReader.Read(postProcessor) : null, special, IdOf),
            Decoder = root.TryGet("decoder") is { } decoder ? DecoderReader.Read(decoder) : null,
            AddedTokens = AddedTokens.WithSpecial(added, SpecialTokensReader.Texts(special), model.Vocabulary),
            SpecialTokens = special,
            ChatTemplateSource = ReadTemplate(directory, config),
            CleanUpSpaces = config?.Flag("clean_up_tokenization_spaces", false) ?? false,
            MaxLength = ReadMaxLength(config),
            TokenizerJson = json,
            ConfigJson = configJson,
        };
    }

    private static byte[]? ReadBeside(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? JsonSection.ReadFile(path) : null;
    }

    private static List<AddedToken> ReadAdded(JsonSection root, JsonSection? config, Vocabulary vocabulary)
    {
        var tokens = new List<AddedToken>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonSection item in root.TryGet("added_tokens")?.Items() ?? [])
        {
            Add(item, item.Number("id"));
        }

        foreach ((string key, JsonSection item) in config?.TryGet("added_tokens_decoder")?.Members() ?? [])
        {
            Add(item, int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                ? id
                : throw item.Error($"has the key '{key}', which is no token id"));
        }

        return tokens;

        void Add(JsonSection item, int id)
        {
            string content = item.Text("content");
            if (id < 0)
            {
                throw item.Error($"has the id {id}; ids count from 0");
            }

            if (id > vocabulary.Count + tokens.Count + Vocabulary.Slack)
            {
                throw item.Error($"has the id {id} although there are only {vocabulary.Count + tokens.Count} tokens");
            }

            if (content.Length > 0 && seen.Add(content))
            {
                bool special = item.Flag("special", false);
                tokens.Add(new AddedToken(vocabulary.IdOf(content) ?? id, content)
                {
                    SingleWord = item.Flag("single_word", false),
                    LeftStrip = item.Flag("lstrip", false),
                    RightStrip = item.Flag("rstrip", false),
                    Normalized = item.Flag("normalized", !special),
                    Special = special,
                });
            }
        }
    }

    private static string? ReadTemplate(string? directory, JsonSection? config)
    {
        if (directory is not null && Path.Combine(directory, TemplateFile) is var file && File.Exists(file))
        {
            return PlainFile.ReadText(file);
        }

        JsonSection? template = config?.TryGet("chat_template");
        if (template is null && directory is not null && ReadBeside(directory, OldTemplateFile) is { } old)
        {
            template = JsonSection.Parse(old, Path.Combine(directory, OldTemplateFile)).TryGet("chat_template");
        }

        if (template is not { IsList: true } named)
        {
            return template?.Text();
        }

        JsonSection[] templates = [.. named.Items()];
        return templates.Length == 0
            ? null
            : templates.FirstOrDefault(item => item.OptionalText("name") == "default", templates[0]).Text("template");
    }

    private static int? ReadMaxLength(JsonSection? config)
    {
        // Python writes 10^30 for "no bound".
        double? length = config?.TryGet("model_max_length")?.Real();
        return length is > 0 and < int.MaxValue ? (int)length : null;
    }
}
