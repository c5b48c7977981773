using System.Text.Json.Nodes;

namespace Dllm.Tokenization;

/// <summary>Pieces of a <c>tokenizer.json</c> that we write ourselves.</summary>
internal static class TokenizerJson
{
    /// <summary>A whole file.</summary>
    public static JsonObject Document(
        IEnumerable<AddedToken> added,
        JsonObject normalizer,
        JsonObject preTokenizer,
        JsonObject postProcessor,
        JsonObject decoder,
        JsonObject model) =>
        new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. added.Select(TokenizerWriter.DescribeWithId)]),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = postProcessor,
            ["decoder"] = decoder,
            ["model"] = model,
        };

    /// <summary>A component with nothing but its type.</summary>
    public static JsonObject Component(string type) => new() { ["type"] = type };

    /// <summary>GPT-2's byte-level component, which serves as pre-tokenizer, post-processor and decoder.</summary>
    public static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    /// <summary>The template of BERT: classifier and separator around one text, separators behind each of two.</summary>
    public static JsonObject ClassifierTemplate(AddedToken classifier, AddedToken separator) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Special(classifier, 0), Sequence("A", 0), Special(separator, 0)),
        ["pair"] = new JsonArray(
            Special(classifier, 0), Sequence("A", 0), Special(separator, 0), Sequence("B", 1), Special(separator, 1)),
        ["special_tokens"] = new JsonObject { [classifier.Content] = Declare(classifier), [separator.Content] = Declare(separator) },
    };

    private static JsonObject Special(AddedToken token, int typeId) =>
        new() { ["SpecialToken"] = new JsonObject { ["id"] = token.Content, ["type_id"] = typeId } };

    private static JsonObject Sequence(string id, int typeId) =>
        new() { ["Sequence"] = new JsonObject { ["id"] = id, ["type_id"] = typeId } };

    private static JsonObject Declare(AddedToken token) => new()
    {
        ["id"] = token.Content,
        ["ids"] = new JsonArray(token.Id),
        ["tokens"] = new JsonArray(token.Content),
    };
}
