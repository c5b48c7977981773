using System.Diagnostics;
using Dllm.Tokenization;

namespace Dllm.Tests.Templates;

/// <summary>What a template from an unknown checkpoint may try: each ends soon, with text or with one clear error.</summary>
public class HostileTemplateTests
{
    private const int LongAnswer = 1500;

    /// <summary>A text of four million characters, made with little work.</summary>
    private const string Long = "{% set t = 'a' * 4000000 %}";

    private static ChatTemplateException? Render(string source, ChatTemplateLimits? limits = null) => (ChatTemplateException?)Record.Exception(
        () => ChatTemplate.Parse(source, limits).Render([new ChatMessage("user", "hello")]));

    /// <summary>Each of these did not end, ended the process, or threw what no template may throw.</summary>
    [Theory]
    [InlineData("{% for i in range(100000) %}{% generation %}a{% endgeneration %}{% endfor %}", null)]
    [InlineData("{% for i in range(100000) %}{{ messages[0].content[i % 5] }}{% endfor %}", null)]
    [InlineData("{{ 'abc'[1:,4] }}|{{ {}[1:, ::2] }}", null)]
    [InlineData("{% for i in range(100000) %}{% if ('a' * 200000 ~ 'b' ~ 'a' * 200000) in t %}{% endif %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% if 'b' in t %}{% endif %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% set n = 'a' * 2000000 ~ 'b' ~ 'a' * 1000000 %}{{ n in t }}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% set n = 'a' * 1000000 ~ 'b' ~ 'a' * 1000000 %}{{ t.rfind(n) }}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% set n = 'a' * 1000000 ~ 'b' ~ 'a' * 1000000 %}{{ t.split(n)|length }}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% set n = 'a' * 1000000 ~ 'b' ~ 'a' * 1000000 %}{{ t.replace(n, '')|length }}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = t[i + 3000000] %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = t[-1] %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = t|length %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = t.isalpha() %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = t.startswith('b', 3) %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% set u = 'a' * 4000000 %}{% for i in range(100000) %}{% if t == u %}{% endif %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% set u = 'a' * 4000000 %}{% for i in range(100000) %}{% if t < u %}{% endif %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = {t: 1} %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for i in range(100000) %}{% set x = t[::2] %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{% for c in t %}{% for c in t %}{% endfor %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData(Long + "{{ t.strip('bcdefghijklmnopqrstuvwxyzäöüßéèêáàâóòôúùûa' * 100)|length }}", null)]
    [InlineData("{% set ns = namespace(a=[[]], b=[[]]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% set ns = namespace(a=[[]]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a|tojson }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% set ns = namespace(a=[[]]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% set ns = namespace(a=()) %}{% for i in range(60) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: 1}|length }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% set ns = namespace(a=1) %}{% set ns.a = ns %}{{ ns }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% set ns = namespace(a='a') %}{% for i in range(100) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(100) %}{% set ns.a = ns.a + ns.a %}{% endfor %}", ChatTemplateErrorKind.Limit)]
    [InlineData("{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ '%999999999d' % 1 }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ '%.999999999d' % 1 }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ '{:999999999}'.format(1) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ '{-1}'.format(1) }}", ChatTemplateErrorKind.Value)]
    [InlineData("{{ '{99999999999999999999}'.format(1) }}", ChatTemplateErrorKind.Value)]
    [InlineData("{{ [{'a': 1}]|map(attribute='99999999999999999999')|list|length }}", null)]
    [InlineData("{{ [{'a': 1}]|map(attribute='٣')|list|length }}", null)]
    [InlineData("{{ 'a'.center(999999999) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ 'a'|indent(999999999, true) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ [1, 2]|tojson(indent=4, separators=('x' * 20000000, 'y')) }}{{ range(1000)|list|tojson(separators=('x' * 10000000, 'y')) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ [1]|batch(999999999, 0)|list }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ [1]|slice(999999999)|list }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ range(10 ** 12) }}", ChatTemplateErrorKind.Arithmetic)]
    [InlineData("{{ 10 ** (10 ** 10) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ ('9' * 1000000)|int }}", null)]
    [InlineData("{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'|regex_replace('(a+a+)+$', 'b') }}", null)]
    [InlineData("{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'|regex_replace('(?=x?)(a+a+)+$', 'b') }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ ('a' * 1000000)|regex_replace('(a+)', '\\\\1' * 100000) }}", ChatTemplateErrorKind.Limit)]
    [InlineData("{{ 'a'|regex_replace('((a{1,1000}){1,1000}){1,1000}', 'b') }}", null)]
    public void It_ends_soon(string source, ChatTemplateErrorKind? kind)
    {
        var start = Stopwatch.GetTimestamp();
        var error = Render(source, new ChatTemplateLimits { MaxTime = TimeSpan.FromSeconds(2) });
        Assert.Equal(kind, error?.Kind);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(15), $"{Stopwatch.GetElapsedTime(start)}");
        Assert.True(error is null || error.Message.Length < LongAnswer, error?.Message);
    }

    public static IEnumerable<TheoryDataRow<string>> Sources() =>
    [
        "{% set " + new string('(', 100_000) + "a" + new string(')', 100_000) + " = 1 %}",
        "{% filter " + string.Join("|", Enumerable.Repeat("upper", 100_000)) + " %}a{% endfilter %}",
        "{{ " + string.Concat(Enumerable.Repeat("'ab' ", 300_000)) + "}}",
        "{{ x|" + string.Join(".", Enumerable.Repeat("a", 300_000)) + " }}",
        "{{ " + new string('9', 3_000_000) + " }}",
        "{{ 0x" + new string('f', 3_000_000) + " }}",
        "{% macro m(" + string.Join(",", Enumerable.Range(0, 200_000).Select(i => $"a{i}")) + ") %}{% endmacro %}",
        "{{ '%" + new string('-', 1_000_000) + "d' % 1 }}",
        string.Concat(Enumerable.Repeat("{% if a %}", 100_000)),
        string.Concat(Enumerable.Repeat("{% raw %} {%   ", 100_000)),
        string.Concat(Enumerable.Repeat("{#", 500_000)),
        new string('x', 5_000_000),
    ];

    /// <summary>Sources whose parsing took time by the square of their length, or the stack.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_is_read_in_linear_time_and_bounded_depth(string source)
    {
        var start = Stopwatch.GetTimestamp();
        Render(source);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"{Stopwatch.GetElapsedTime(start)}");
    }

    [Fact]
    public void Keys_that_collide_in_a_simple_hash_cost_no_more_than_others()
    {
        var start = Stopwatch.GetTimestamp();
        Assert.Null(Render(
            "{% set ns = namespace(p=[]) %}{% for j in range(4) %}{% for i in range(20000) %}"
            + "{% if loop.first %}{% set ns.p = range(j * 100000, j * 100000 + 100000)|list %}{% endif %}{% endfor %}{% endfor %}"
            + "{{ dict(ns.p|batch(1)|map('first')|map('string')|map('int')|batch(2))|length }}{{ ns.p|unique|list|length }}"));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void The_clock_ends_what_the_count_does_not_foresee()
    {
        var limits = new ChatTemplateLimits { MaxWork = long.MaxValue, MaxTime = TimeSpan.FromMilliseconds(100) };
        var error = Render("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", limits);
        Assert.Equal(ChatTemplateErrorKind.Limit, error?.Kind);
        Assert.Contains("0.1 seconds", error!.Message, StringComparison.Ordinal);
        Assert.Throws<DllmException>(() => ChatTemplate.Parse("", new ChatTemplateLimits { MaxTime = TimeSpan.Zero }));
    }

    [Fact]
    public void Generated_stretches_are_counted_on_the_page_across_halves_of_pairs()
    {
        const string Source = "{{ '\\ud83d' }}{{ '\\ude00' }}😀{% generation %}é{% endgeneration %}{% set x %}z{% endset %}{% generation %}ab{% endgeneration %}";
        var rendered = ChatTemplate.Parse(Source).RenderWithSpans([]);
        Assert.Equal([new TextSpan(2, 3), new TextSpan(3, 5)], rendered.Generated);
    }

    /// <summary>A real conversation of a hundred thousand tokens (some 400,000 characters) and more takes a tenth of the work allowed.</summary>
    [Theory]
    [InlineData(ChatTemplates.Llada)]
    [InlineData(ChatTemplates.BertChat)]
    public void Long_conversations_pass(string name)
    {
        ChatMessage[] talk = [.. Enumerable.Range(0, 2000).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", $"{i} " + string.Concat(Enumerable.Repeat("word ", 80))))];
        var template = ChatTemplate.Parse(ChatTemplates.Source(name), new ChatTemplateLimits { MaxWork = new ChatTemplateLimits().MaxWork / 10 });
        Assert.True(template.Render(talk, true, new Dictionary<string, object?> { ["bos_token"] = "<s>" }).Length > 800_000);
    }
}
