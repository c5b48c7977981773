using System.Text;
using System.Text.Json.Nodes;

namespace Dllm.Tokenization;

/// <summary>
/// Trains a byte-level BPE tokenizer (Sennrich et al. 2016, Radford et al. 2019) with NFC, GPT-2's splitting and ModernBERT's special
/// tokens. Of equally frequent pairs the one with the lower ids merges first, as in Hugging Face's trainer: the same texts give the same
/// vocabulary, in whatever order they come.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Trains on texts.</summary>
    /// <param name="texts">The texts; each is read once.</param>
    /// <param name="options">Sizes and special tokens.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <returns>The tokenizer; <see cref="Tokenizer.Save"/> writes files that Hugging Face's libraries read.</returns>
    /// <exception cref="DllmException">The options are out of range, or the texts hold no character.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, BpeTrainingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new BpeTrainingOptions();
        options.Validate();
        IReadOnlyList<string> special = options.OrderedSpecialTokens;
        IEnumerable<char> alphabet = Enumerable.Range(0, BpeTrainingOptions.Alphabet).Select(value => ByteAlphabet.ToCharacter((byte)value)).Order();
        List<string> tokens = [.. special, .. alphabet.Select(character => character.ToString())];
        var byteIds = new int[256];
        for (int id = special.Count; id < tokens.Count; id++)
        {
            byteIds[ByteAlphabet.ToByte(tokens[id][0])] = id;
        }

        Dictionary<string, long> counts = CountWords(texts, cancellation);
        if (counts.Count == 0)
        {
            throw new DllmException("there is no text to train a tokenizer on", "give at least one text that is not empty");
        }

        var corpus = new PairCounts(
        [
            .. counts.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => new CountedWord(Spell(entry.Key, byteIds), entry.Value)),
        ]);
        List<(string Left, string Right)> merges = Merge(corpus, tokens, options, cancellation);
        return Build(tokens, merges, options);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var scanner = new Gpt2Pattern();
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            string normalized = UnicodeForm.Of(text, NormalizationForm.FormC);
            for (int start = 0; start < normalized.Length;)
            {
                int end = scanner.NextWord(normalized, ref start);
                ReadOnlySpan<char> word = normalized.AsSpan(start, end - start);
                lookup[word] = lookup.TryGetValue(word, out long count) ? count + 1 : 1;
                start = end;
            }
        }

        return counts;
    }

    private static int[] Spell(string word, int[] byteIds) => [.. Encoding.UTF8.GetBytes(word).Select(value => byteIds[value])];

    private static List<(string Left, string Right)> Merge(
        PairCounts corpus, List<string> tokens, BpeTrainingOptions options, CancellationToken cancellation)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < tokens.Count; id++)
        {
            ids[tokens[id]] = id;
        }

        var merges = new List<(string, string)>();
        while (tokens.Count < options.VocabularySize
            && corpus.TryTakeBest(out Pair best, out long count) && count >= options.MinimumFrequency)
        {
            cancellation.ThrowIfCancellationRequested();
            string joined = tokens[best.Left] + tokens[best.Right];
            if (!ids.TryGetValue(joined, out int merged))
            {
                merged = tokens.Count;
                tokens.Add(joined);
                ids.Add(joined, merged);
            }

            merges.Add((tokens[best.Left], tokens[best.Right]));
            corpus.Join(best, merged);
        }

        return merges;
    }

    private static Tokenizer Build(List<string> tokens, List<(string Left, string Right)> merges, BpeTrainingOptions options)
    {
        SpecialTokens special = options.SpecialTokens;
        AddedToken[] added =
            [.. options.OrderedSpecialTokens.Select((text, id) => new AddedToken(id, text) { LeftStrip = text == special.Mask })];
        var vocabulary = new JsonObject();
        foreach (string token in tokens)
        {
            vocabulary[token] = vocabulary.Count;
        }

        var model = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = vocabulary,
            ["merges"] = new JsonArray([.. merges.Select(merge => new JsonArray(merge.Left, merge.Right))]),
        };
        AddedToken? classifier = Array.Find(added, token => token.Content == special.Cls);
        AddedToken? separator = Array.Find(added, token => token.Content == special.Sep);
        JsonObject postProcessor = classifier is null || separator is null
            ? TokenizerJson.ByteLevel()
            : TokenizerJson.ClassifierTemplate(classifier, separator);
        JsonObject document = TokenizerJson.Document(
            added, TokenizerJson.Component("NFC"), TokenizerJson.ByteLevel(), postProcessor, TokenizerJson.ByteLevel(), model);
        return Tokenizer.FromJson(document, special, options.MaxLength, cleansUpSpaces: false);
    }
}
