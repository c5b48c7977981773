namespace Dllm.Tokenization;

/// <summary>
/// The chat templates that come with the library, for model types whose checkpoints bring none. They mark what the assistant says as
/// generated, so that assistant masks work with them.
/// </summary>
public static class ChatTemplates
{
    /// <summary>Name of the template of BERT Chat: <c>[SYS]</c>, <c>[Question]</c> and <c>[Answer]</c> sections.</summary>
    public const string BertChat = "bert-chat";

    /// <summary>Name of the template of LLaDA: Llama 3's headers around every message.</summary>
    public const string Llada = "llada";

    /// <summary>Sections closed like tags; only a leading system message counts, and roles other than user and assistant are left out.</summary>
    private const string BertChatSource = """
        {%- set has_system = messages[0].role == 'system' %}
        {%- set turns = messages[1:] if has_system else messages %}
        {%- if has_system %}
            {{- '[SYS]\n' ~ messages[0].content | trim ~ '\n[/SYS]\n\n' }}
        {%- endif %}
        {%- for turn in turns %}
            {%- if turn.role == 'user' %}
                {{- '[Question]\n' ~ turn.content | trim ~ '\n[/Question]\n\n' }}
            {%- elif turn.role == 'assistant' %}
                {{- '[Answer]\n' }}
                {%- generation %}
                    {{- turn.content | trim ~ '\n[/Answer]\n\n' }}
                {%- endgeneration %}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt and (not turns or turns[-1].role != 'assistant') %}
            {{- '[Answer]\n' }}
        {%- endif %}
        """;

    /// <summary>Every message under a header with its role; the text begins with the token that begins texts.</summary>
    private const string LladaSource = """
        {%- for message in messages %}
            {%- if loop.first %}
                {{- bos_token }}
            {%- endif %}
            {{- '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\n\n' }}
            {%- set said = message.content | trim ~ '<|eot_id|>' %}
            {%- if message.role == 'assistant' %}
                {%- generation %}
                    {{- said }}
                {%- endgeneration %}
            {%- else %}
                {{- said }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt and (not messages or messages[-1].role != 'assistant') %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
        {%- endif %}
        """;

    private static readonly Dictionary<string, string> Sources = new()
    {
        [BertChat] = BertChatSource,
        [Llada] = LladaSource,
    };

    /// <summary>The names there are.</summary>
    public static IReadOnlyCollection<string> Names => Sources.Keys;

    /// <summary>The source of a template.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="DllmException">There is none by that name.</exception>
    public static string Source(string name) => Sources.TryGetValue(name, out var source)
        ? source
        : throw new DllmException($"there is no chat template '{name}'", $"known are {string.Join(", ", Names)}");
}
