using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.Tests.Templates;

public class ChatTemplateTests
{
    private static readonly ChatMessage[] Talk = [new("user", "Hi 😀"), new("assistant", " Hello\n"), new("user", "Bye")];

    [Theory]
    [InlineData("a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc")]
    [InlineData("  {%+ if true %}x{% endif +%}\ny", "  x\ny")]
    [InlineData("{# c #}\n  {#- d -#}\n x", "x")]
    [InlineData("  {{ 1 }}\n", "  1")]
    [InlineData("{% raw %}{{ x }}{% endraw %}", "{{ x }}")]
    [InlineData("{% if true -%}\n\n x {%- endif %} y", "x y")]
    public void Whitespace_follows_the_tags(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 70 }}", "-4 2 3.5 1180591620717411303424")]
    [InlineData(
        "{{ 9223372036854775807 + 1 }} {{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ -0.0 }}", "9223372036854775808 1e+16 1e-05 0.30000000000000004 -0.0")]
    [InlineData("{{ 2.5 | round }} {{ 0.125 | round(2) }} {{ '%.2f' % 0.125 }} {{ '%5.1f|%-4d|%04d' % (2.25, 3, -7) }}", "2.0 0.12 0.12   2.2|3   |-007")]
    [InlineData("{{ '{:>6}|{:^5}|{:,}|{:+.1e}'.format('a', 'b', 1234567, 12.5) }}", "     a|  b  |1,234,567|+1.2e+01")]
    [InlineData("{{ '😀é'[0] }} {{ '😀é' | length }} {{ '😀é'[::-1] }} {{ 'x😀y'.find('y') }}", "😀 2 é😀 2")]
    [InlineData("{{ ['a', none, 1.0, {'k': (1,)}] }}", "['a', None, 1.0, {'k': (1,)}]")]
    [InlineData("{{ \"it's\" | list | length }} {{ [\"it's\", 'a\\n\"'] }}", "4 [\"it's\", 'a\\n\"']")]
    [InlineData("{{ 'ß'.upper() }} {{ 'ΑΣ'.lower() }} {{ 'they\\'re x'.title() }} {{ 'a-b c'|title }}", "SS ας They'Re X A-B C")]
    [InlineData("{{ {'b': 1, 'a': [2.0, true, none, 'é<']} | tojson }}", "{\"b\": 1, \"a\": [2.0, true, null, \"é<\"]}")]
    [InlineData("{{ {1: 'x', 1.0: 'y', true: 'z'} }}", "{1: 'z'}")]
    [InlineData("{{ {'keys': 3}.keys() | list }} {{ {'keys': 3}['keys'] }}", "['keys'] 3")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 'a' in 'cat' }} {{ not 1 in [2] }}", "True False True True")]
    public void Values_behave_as_in_Python(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}", "231")]
    [InlineData(
        "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "02")]
    [InlineData(
        "{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% else %}none{% endfor %}{% for x in [] %}{% else %}none{% endfor %}", "a1none")]
    [InlineData("{% for t in [1, [2, [3]]] recursive %}{{ loop(t) if t is iterable else t }}{{ loop.depth }}{% endfor %}", "11223321")]
    [InlineData(
        "{% macro m(a, b='B') %}{{ a }}{{ b }}{{ caller() if caller }}{{ varargs }}{% endmacro %}{{ m(1) }}{% call m(1, 2, 3) %}!{% endcall %}", "1B()12!(3,)")]
    [InlineData(
        "{% set ns = namespace(seen=false) %}{% for i in [1, 2, 3] if not ns.seen %}{{ i }}{% if i == 2 %}{% set ns.seen = true %}{% endif %}{% endfor %}", "12")]
    [InlineData("{% set t | upper %}ab{% endset %}{{ t }}{% filter trim | lower %} CD {% endfilter %}{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}", "ABcd3")]
    [InlineData("{{ nope }}[{{ nope is defined }}]{{ nope | default('d') }}{{ nope | length }}", "[False]d0")]
    public void Statements_have_the_reference_s_scopes(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("a\n{{ x.y }}", ChatTemplateErrorKind.Undefined, 2, 5)]
    [InlineData("{% if %}", ChatTemplateErrorKind.Syntax, 1, 7)]
    [InlineData("{% if true %}\n x", ChatTemplateErrorKind.Syntax, 2, 3)]
    [InlineData("\n\n  {% nope %}", ChatTemplateErrorKind.Syntax, 3, 6)]
    [InlineData("{{ 1 +\n 'a' }}", ChatTemplateErrorKind.Type, 1, 6)]
    [InlineData("{{ (1 }}", ChatTemplateErrorKind.Syntax, 1, 7)]
    [InlineData("{{ 'open }}", ChatTemplateErrorKind.Syntax, 1, 4)]
    [InlineData("{% raw %}", ChatTemplateErrorKind.Syntax, 1, 1)]
    [InlineData("{# open", ChatTemplateErrorKind.Syntax, 1, 1)]
    [InlineData("{% break %}", ChatTemplateErrorKind.Syntax, 1, 4)]
    [InlineData("{% include 'x' %}", ChatTemplateErrorKind.Syntax, 1, 4)]
    [InlineData("{{ 1 | nope }}", ChatTemplateErrorKind.Syntax, 1, 8)]
    [InlineData("{{ 1 // 0 }}", ChatTemplateErrorKind.Arithmetic, 1, 6)]
    [InlineData("{{ messages.append(1) }}", ChatTemplateErrorKind.Security, 1, 19)]
    [InlineData("{% set messages.x = 1 %}", ChatTemplateErrorKind.Type, 1, 4)]
    [InlineData("{{ messages.__class__() }}", ChatTemplateErrorKind.Security, 1, 22)]
    public void Mistakes_are_told_with_line_and_column(string source, ChatTemplateErrorKind kind, int line, int column)
    {
        var error = Assert.Throws<ChatTemplateException>(() => Render(source));
        Assert.Equal((kind, line, column), (error.Kind, error.Line, error.Column));
        Assert.Contains($"line {line}, column {column}", error.Message);
    }

    [Fact]
    public void What_a_template_raises_is_a_user_s_error_in_its_own_words()
    {
        var error = Assert.Throws<ChatTemplateException>(() => Render("{{ raise_exception('Only two roles, not ' + messages[0].role) }}"));
        Assert.Equal((ChatTemplateErrorKind.Raised, "Only two roles, not user"), (error.Kind, error.Reason));
        Assert.StartsWith("the chat template refuses this conversation: Only two roles, not user", error.Message);
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{{ 'a' * 10 ** 12 }}")]
    [InlineData("{{ [0] * 10 ** 18 }}")]
    [InlineData("{{ 7 ** (10 ** 9) }}")]
    [InlineData("{{ '%999999999d' % 1 }}")]
    [InlineData("{{ '{:999999999}'.format(1) }}")]
    [InlineData("{{ 'a' | center(10 ** 9) }}")]
    [InlineData("{% set s = 'a' * 1000000 %}{{ s.replace('a', s) }}")]
    [InlineData("{{ ('\n' * 100000) | indent(100000, blank=true) }}")]
    [InlineData("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}")]
    [InlineData("{% set ns = namespace(a=0) %}{% for i in range(90000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}")]
    [InlineData("{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}")]
    [InlineData(
        "{% set ns = namespace(a=0, b=0) %}{% for i in range(90000) %}{% set ns.a = [[[[ns.a]]]] %}{% set ns.b = [[[[ns.b]]]] %}{% endfor %}{{ ns.a == ns.b }}")]
    public void Hostile_templates_are_stopped(string source)
        => Assert.Equal(ChatTemplateErrorKind.Limit, Assert.Throws<ChatTemplateException>(() => Render(source)).Kind);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    public void Deep_sources_are_refused(string open, string close)
    {
        var source = "{{ " + string.Concat(Enumerable.Repeat(open, 100_000)) + "1" + string.Concat(Enumerable.Repeat(close, 100_000)) + " }}";
        Assert.IsType<ChatTemplateException>(Record.Exception(() => Render(source)));
    }

    [Fact]
    public void A_long_flat_sum_does_not_exhaust_the_stack()
        => Assert.IsType<ChatTemplateException>(Record.Exception(() => Render("{{ " + string.Join("+", Enumerable.Repeat("1", 100_000)) + " }}")));

    [Fact]
    public void A_range_beyond_the_sandbox_s_bound_is_refused()
        => Assert.Equal(ChatTemplateErrorKind.Arithmetic, Assert.Throws<ChatTemplateException>(() => Render("{{ range(100001) }}")).Kind);

    [Fact]
    public void Limits_are_the_caller_s_to_set()
    {
        var template = ChatTemplate.Parse("{{ 'a' * 100 }}", new ChatTemplateLimits { MaxWork = 50 });
        Assert.Equal(ChatTemplateErrorKind.Limit, Assert.Throws<ChatTemplateException>(() => template.Render([])).Kind);
        Assert.Throws<DllmException>(() => ChatTemplate.Parse("", new ChatTemplateLimits { MaxWork = 0 }));
        Assert.Throws<DllmException>(() => ChatTemplate.Parse("", new ChatTemplateLimits { MaxDepth = 0 }));
    }

    [Fact]
    public void Generation_blocks_are_found_in_code_points()
    {
        const string Source = "{% for m in messages %}{{ m.content }}{% if m.role == 'assistant' %}{% generation %}[{{ m.content }}]{% endgeneration %}{% endif %}{% endfor %}";
        var rendered = ChatTemplate.Parse(Source).RenderWithSpans(Talk);
        Assert.Equal("Hi 😀 Hello\n[ Hello\n]Bye", rendered.Text);
        Assert.Equal([new TextSpan(11, 20)], rendered.Generated);
    }

    [Fact]
    public void The_assistant_s_tokens_are_those_that_hold_the_generation_block()
    {
        var rendered = new RenderedChat("abcdef", [new TextSpan(1, 4)]);
        TextSpan[] offsets = [new(0, 1), new(1, 3), new(3, 5), new(5, 6)];
        Assert.Equal([false, true, true, false], rendered.AssistantMask(new EncodedText([1, 2, 3, 4], offsets, [0, 0, 0, 0], new bool[4])));
        Assert.Equal([false], rendered.AssistantMask(new EncodedText([1], [offsets[0]], [0], new bool[1])));
        Assert.Equal([false, true], rendered.AssistantMask(new EncodedText([1, 2], offsets[..2], [0, 0], new bool[2])));
    }

    [Theory]
    [InlineData("{% for m in messages %}<{{ m.content }}>{% endfor %}", "<Hi 😀>< Hello\n><Bye")]
    [InlineData("{% for m in messages %}<{{ m.content | trim }}>{% endfor %}", "<Hi 😀><Hello><Bye")]
    public void A_conversation_can_be_left_open_for_the_model_to_continue(string source, string expected)
        => Assert.Equal(expected, ChatTemplate.Parse(source).RenderToContinue(Talk));

    [Fact]
    public void What_does_not_show_the_last_message_cannot_be_continued()
    {
        Assert.Throws<DllmException>(() => ChatTemplate.Parse("{{ messages[0].content }}").RenderToContinue(Talk));
        Assert.Throws<DllmException>(() => ChatTemplate.Parse("x").RenderToContinue([]));
        var parts = new ChatMessage("user", "") { Fields = new Dictionary<string, object?> { ["content"] = new[] { "part" } } };
        Assert.Throws<DllmException>(() => ChatTemplate.Parse("{{ messages[0].content }}").RenderToContinue([parts]));
    }

    [Fact]
    public void Further_fields_and_variables_reach_the_template()
    {
        using var json = JsonDocument.Parse("""{"role": "assistant", "content": null, "tool_calls": [{"n": 2.0, "big": 123456789012345678901}]}""");
        var text = ChatTemplate.Parse("{{ messages[0].content is none }} {{ messages[0].tool_calls }} {{ tools }} {{ x.y[0] }}")
            .Render([ChatMessage.Of((IReadOnlyDictionary<string, object?>)JsonInput.Value(json.RootElement)!)], variables: new Dictionary<string, object?>
            {
                ["x"] = new Dictionary<string, object?> { ["y"] = new[] { 1, 2 } },
            });
        Assert.Equal("True [{'n': 2.0, 'big': 123456789012345678901}] None 1", text);
    }

    [Theory]
    [InlineData("{\"content\": \"no role\"}")]
    [InlineData("{\"role\": 1}")]
    public void A_message_without_role_is_refused(string text)
    {
        using var json = JsonDocument.Parse(text);
        Assert.Throws<DllmException>(() => ChatMessage.Of((IReadOnlyDictionary<string, object?>)JsonInput.Value(json.RootElement)!));
    }

    [Fact]
    public void A_value_that_templates_do_not_have_is_refused()
        => Assert.Contains("Version", Assert.Throws<DllmException>(() =>
            ChatTemplate.Parse("").Render([], variables: new Dictionary<string, object?> { ["v"] = new Version(1, 2) })).Message);

    [Fact]
    public void The_clock_comes_in()
        => Assert.Equal(
            "29 Feb 2024 Thursday 060 01 PM 4",
            ChatTemplate.Parse("{{ strftime_now('%d %b %Y %A %j %I %p %-M') }}", clock: new Clock()).Render([]));

    [Fact]
    public void One_template_serves_many_threads()
    {
        var template = ChatTemplate.Parse("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }}");
        var texts = Enumerable.Range(0, 100).AsParallel().Select(_ => template.Render(Talk)).Distinct();
        Assert.Equal(["6"], texts);
    }

    [Theory]
    [InlineData(
        ChatTemplates.BertChat,
        "[Question]\nHi 😀\n[/Question]\n\n[Answer]\nHello\n[/Answer]\n\n[Question]\nBye\n[/Question]\n\n[Answer]\n")]
    [InlineData(ChatTemplates.Llada, "<s><|start_header_id|>user<|end_header_id|>\n\nHi 😀<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello"
        + "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    public void The_library_s_own_templates_mark_what_the_assistant_says(string name, string expected)
    {
        var variables = new Dictionary<string, object?> { ["bos_token"] = "<s>" };
        var rendered = ChatTemplate.Parse(ChatTemplates.Source(name)).RenderWithSpans(Talk, addGenerationPrompt: true, variables);
        Assert.Equal(expected, rendered.Text);
        var span = Assert.Single(rendered.Generated);
        var ascii = rendered.Text.Replace("😀", "?");
        Assert.StartsWith("Hello", ascii[span.Start..span.End]);
        Assert.DoesNotContain("Bye", ascii[span.Start..span.End]);
    }

    [Fact]
    public void An_unknown_name_of_a_template_is_refused() => Assert.Throws<DllmException>(() => ChatTemplates.Source("nope"));

    private static string Render(string source) => ChatTemplate.Parse(source).Render(Talk);

    private sealed class Clock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 2, 29, 13, 4, 5, TimeSpan.Zero);
    }
}
