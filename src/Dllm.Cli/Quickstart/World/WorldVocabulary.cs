using Dllm.Tokenization;

namespace Dllm.Cli.Quickstart.World;

/// <summary>
/// The tokenizer of the world: BERT's lower-casing normaliser and pre-tokenizer before a WordPiece model in which every word of the world is one
/// token. Single characters come too, so that whatever a user types can be written. The tags of BERT Chat are one token each.
/// </summary>
internal static class WorldVocabulary
{
    private const int Sample = 20_000;   // scenes and conversations that are read to collect the words: every wording occurs many times
    private const int MaxLength = 256;

    private static readonly string[] Tags = ["[SYS]", "[/SYS]", "[Question]", "[/Question]", "[Answer]", "[/Answer]"];

    // The BERT Chat format: each message between the tags of its role.
    private const string ChatTemplate = """
        {%- set tags = {'system': 'SYS', 'user': 'Question', 'assistant': 'Answer'} -%}
        {%- for message in messages -%}
        {%- set tag = tags[message['role']] -%}
        {{- '[' + tag + ']\n' + (message['content'] | trim) + '\n[/' + tag + ']\n\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt and messages[-1]['role'] != 'assistant' -%}
        {{- '[Answer]\n' -}}
        {%- endif -%}
        """;

    /// <summary>Makes the tokenizer; it is the same every time.</summary>
    public static Tokenizer Build() => WordPieceBuilder
        .Build(AllWords(), new WordPieceOptions { AdditionalSpecialTokens = Tags, MaxLength = MaxLength })
        .WithChatTemplate(ChatTemplate);

    /// <summary>Words and signs of a text of the world, as BERT's pre-tokenizer separates them.</summary>
    public static IEnumerable<string> Words(string text)
    {
        for (int start = 0, i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsAsciiLetterOrDigit(text[i])) continue;
            if (i > start) yield return text[start..i];
            if (i < text.Length && text[i] != ' ') yield return text[i].ToString();
            start = i + 1;
        }
    }

    private static IEnumerable<string> AllWords()
    {
        var conversations = Conversations.Make(seed: 0, Sample, heldOut: Sample / 10);
        return Corpus.Write(seed: 0).Take(Sample)
            .Concat(conversations.Train.Concat(conversations.HeldOut).SelectMany(conversation => conversation.Turns))
            .Concat(SmallTalk.Texts)
            .Concat(Facts.All.Select(fact => fact.Sentence))
            .SelectMany(Words)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }
}
