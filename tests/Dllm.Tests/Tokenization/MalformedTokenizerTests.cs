using Dllm.Tokenization;
using static Dllm.Tests.Tokenization.TokenizerFixture;

namespace Dllm.Tests.Tokenization;

/// <summary>Every mistake in a file is one error that names the file and the key.</summary>
public class MalformedTokenizerTests
{
    private static void Says(string expected, DllmException error) => Assert.Contains(expected, error.Message, StringComparison.Ordinal);

    private static DllmException Refuses(string? tokenizer, string? config = null, string? map = null)
    {
        using var fixture = new TokenizerFixture(tokenizer, config, map);
        return Assert.Throws<DllmException>(() => fixture.Open());
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{\"model\": {\"type\": \"BPE\"", "not valid JSON")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "Git LFS")]
    [InlineData("[1, 2]", "a list, not an object")]
    [InlineData("{}", "model is missing")]
    [InlineData("{\"model\": 7}", "model is the number 7, not an object")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"merges\": []}}", "model.vocab is missing")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": []}}", "model.vocab is not an object")]
    [InlineData("{\"model\": {\"type\": \"Quantum\", \"vocab\": {}}}", "'Quantum'")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}", "the id -1")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 1.5}, \"merges\": []}}", "the id 1.5")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 2000000000}, \"merges\": []}}", "2000000000")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a z\"]}}", "model.merges needs the token 'z'")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"aa\"]}}", "no pair of tokens")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\", \"\"]]}}", "no pair of tokens")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}", "no pair of tokens")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"\\ud800\": 0}, \"merges\": []}}", "surrogate")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"fuse_unk\": \"yes\"}}", "model.fuse_unk is a text")]
    [InlineData("{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"a\": 0}}}", "'[UNK]'")]
    [InlineData("{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", 0]], \"unk_id\": 5}}", "model.unk_id is 5")]
    [InlineData("{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\"]]}}", "model.vocab[0] has no score")]
    public void AMalformedFileIsOneErrorThatNamesItAndTheKey(string json, string expected)
    {
        DllmException error = Refuses(json);
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normalizer", """{"type": "Rot13"}""", "normalizer is the normalizer 'Rot13'")]
    [InlineData("normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Rot13"}]}""", "normalizer.normalizers[1]")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": "("}, "content": ""}""", "normalizer.pattern.Regex")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": "////"}""", "precompiled_charsmap")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": "/////w=="}""", "declares a table of")]
    [InlineData("pre_tokenizer", """{"type": "Scissors"}""", "pre_tokenizer is the pre-tokenizer 'Scissors'")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": " "}, "behavior": "Glued", "invert": false}""", "'Glued'")]
    [InlineData("pre_tokenizer", """{"type": "FixedLength", "length": 0}""", "pre_tokenizer.length is 0")]
    [InlineData("post_processor", """{"type": "Stapler"}""", "post_processor is the post-processor 'Stapler'")]
    [InlineData("post_processor", """{"type": "BertProcessing", "sep": ["[SEP]"], "cls": ["[CLS]", 1]}""", "post_processor.sep")]
    [InlineData(
        "post_processor",
        """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "X", "type_id": 0}}], "pair": [], "special_tokens": {}}""",
        "'X'")]
    [InlineData(
        "post_processor",
        """{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B", "type_id": 0}}], "pair": [], "special_tokens": {}}""",
        "'B'")]
    [InlineData("decoder", """{"type": "Enigma"}""", "decoder is the decoder 'Enigma'")]
    public void AnUnknownComponentIsNamed(string key, string component, string expected)
    {
        DllmException error = Refuses(Json(Pairs, $"\"{key}\": {component},"));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOtherFilesAreCheckedToo()
    {
        string json = Json(Pairs);
        Says("tokenizer_config.json: eos_token", Refuses(json, config: """{"eos_token": 3}"""));
        Says("tokenizer_config.json", Refuses(json, config: "nope"));
        Says("special_tokens_map.json: pad_token.content", Refuses(json, map: """{"pad_token": {}}"""));
    }

    [Fact]
    public void AMissingFileOrFolderIsNamed()
    {
        Says("there is no such directory", Assert.Throws<DllmException>(() => Tokenizer.FromDirectory("/no/such/folder")));
        Says("tokenizer.json", Refuses(null));
    }

    [Fact]
    public void ATextThatTheVocabularyCannotSpellIsAnErrorWithoutAnUnknownToken()
    {
        Tokenizer tokenizer = Open("""{"type": "Unigram", "vocab": [["a", -1.0]]}""");
        Assert.Equal([0, 0], tokenizer.Encode("aa"));
        Assert.Contains("unk_id", Assert.Throws<DllmException>(() => tokenizer.Encode("az")).Message, StringComparison.Ordinal);
    }
}
