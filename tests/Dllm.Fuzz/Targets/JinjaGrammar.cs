using System.Text;

namespace Dllm.Fuzz.Targets;

/// <summary>Templates made up from the language's grammar: every statement, operator, filter, test and method.</summary>
internal static class JinjaGrammar
{
    private static readonly string[] Filters =
    [
        "abs", "int", "float", "round", "string", "safe", "upper", "lower", "capitalize", "title", "trim", "center", "replace", "regex_replace", "escape",
        "indent", "truncate", "wordcount", "tojson", "format", "length", "list", "first", "last", "reverse", "join", "default", "items", "dictsort", "sort",
        "unique", "groupby", "min", "max", "sum", "batch", "slice", "attr", "map", "select", "reject", "selectattr", "rejectattr", "nosuch",
    ];

    private static readonly string[] Tests =
    [
        "defined", "undefined", "none", "boolean", "integer", "float", "number", "string", "mapping", "sequence", "iterable", "callable", "lower", "upper",
        "odd", "even", "divisibleby", "sameas", "in", "eq", "ne", "lt", "ge", "filter", "test", "nosuch",
    ];

    private static readonly string[] Methods =
    [
        "strip", "lstrip", "upper", "casefold", "capitalize", "title", "swapcase", "startswith", "endswith", "removeprefix", "replace", "split", "rsplit",
        "splitlines", "partition", "rpartition", "join", "find", "rfind", "index", "rindex", "count", "center", "ljust", "zfill", "expandtabs", "isalpha",
        "isdigit", "isnumeric", "isidentifier", "istitle", "isprintable", "format", "format_map", "keys", "values", "items", "get", "copy", "append", "pop",
        "__class__", "nosuch", "next", "content", "role",
    ];

    private static readonly string[] Atoms =
    [
        "messages", "m", "i", "ns", "ns.a", "loop", "loop.index", "loop.length", "loop.nextitem", "true", "none", "0", "1", "-1", "3", "2.5", "1e308", "99999999999",
        "10 ** 50", "''", "'a'", "'abc é😀'", "'a,b,,c'", "'%s %5.2f %-3d %x'", "'{} {0!r:>5} {a}'", "'(a+)+$'", "[]", "[1, 'a', none]", "{'a': 1, 2: [3]}", "()", "(1,)",
        "range(5)", "range(99999)", "dict(a=1)", "namespace(a=1)", "cycler(1, 2)", "joiner('x')", "strftime_now('%Y %q %-d')", "'x' * 5000", "[0] * 3000",
        "messages[0].content", "messages[-1]", "tools", "undefined_name", "add_generation_prompt", "bos_token", "f", "f('x')", "raise_exception('no')",
    ];

    private static readonly string[] Operators = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"];

    /// <summary>Words to put in.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        .. Filters, .. Tests, .. Methods, .. Atoms, .. Operators, "{%", "%}", "{{", "}}", "{#", "#}", "{%-", "-%}", "{% raw %}", "{% endraw %}", "if", "elif", "else", "endif", "for",
        "endfor", "in", "recursive", "set", "endset", "macro", "endmacro", "call", "endcall", "filter", "endfilter", "with", "endwith", "generation", "endgeneration",
        "break", "continue", "is", "not", "loop", "caller()", "varargs", "kwargs", "|", ".", ":", "::-1", "\\ud83d", "\\x41", "\\N{DASH}", "0x_f", "1_000",
    ];

    public static string Template(FuzzRandom random)
    {
        var text = new StringBuilder("{% macro f(a, b=2) %}{{ a }}{{ varargs }}{{ caller() if caller else kwargs }}{% endmacro %}{% set ns = namespace(a='x') %}");
        for (var count = 1 + random.Next(3); count > 0; count--)
            Statement(random, text, random.Next(4));
        return text.ToString();
    }

    private static void Statement(FuzzRandom random, StringBuilder text, int depth)
    {
        switch (depth == 0 ? 0 : random.Next(12))
        {
            case 1: Block($"if {Expression(random, 2)}", "endif"); break;
            case 2: Block($"for m in {Expression(random, 2)}", "endfor"); break;
            case 3: Block($"for i in range({random.Length(300)}){(random.Next(3) == 0 ? " recursive" : "")}", "endfor"); break;
            case 4: text.Append($"{{% set ns.a = {Expression(random, random.Next(4))} %}}"); break;
            case 5: Block("set i", "endset"); break;
            case 6: Block("generation", "endgeneration"); break;
            case 7: Block($"filter {random.Of(Filters)}{Arguments(random, 1)}", "endfilter"); break;
            case 8: Block($"call f({Expression(random, 1)})", "endcall"); break;
            case 9: Block($"with m = {Expression(random, 2)}", "endwith"); break;
            case 10: text.Append(random.Of(["{% break %}", "{% continue %}", "text\n", "  {#- comment -#}\n", "{{ loop(messages) }}"])); break;
            default: text.Append($"{{{{ {Expression(random, random.Next(5))} }}}}"); break;
        }

        void Block(string head, string end)
        {
            text.Append($"{{% {head} %}}");
            for (var count = random.Next(3); count >= 0; count--)
                Statement(random, text, depth - 1);
            text.Append($"{{% {end} %}}");
        }
    }

    private static string Expression(FuzzRandom random, int depth)
    {
        if (depth == 0)
            return random.Of(Atoms);
        var inner = Expression(random, depth - 1);
        return random.Next(11) switch
        {
            0 or 1 => $"{inner} | {random.Of(Filters)}{Arguments(random, depth - 1)}",
            2 => $"({inner}).{random.Of(Methods)}({Inside(random, depth - 1)})",
            3 => $"({inner}).{random.Of(Methods)}",
            4 => $"({inner}) {random.Of(Operators)} ({Expression(random, depth - 1)})",
            5 => $"({inner}) is {(random.Next(2) == 0 ? "not " : "")}{random.Of(Tests)}{Arguments(random, 0)}",
            6 => $"({inner})[{Slice(random)}]",
            7 => $"({inner} if {Expression(random, depth - 1)} else {random.Of(Atoms)})",
            8 => $"[{inner}, {random.Of(Atoms)}]",
            9 => $"{{{inner}: {random.Of(Atoms)}}}",
            _ => random.Of(["not ", "-", "+", ""]) + inner,
        };
    }

    private static string Slice(FuzzRandom random) => random.Of(["0", "-1", ":", "1:", ":-1", "::-1", "::2", "5:1:-2", "1:,4", "'a'", "::0", "99999999999:", ":" + random.Of(Atoms)]);

    private static string Arguments(FuzzRandom random, int depth) => random.Next(2) == 0 ? "" : $"({Inside(random, depth)})";

    private static string Inside(FuzzRandom random, int depth) => random.Next(6) switch
    {
        0 => "",
        1 => $"{Expression(random, depth)}, {random.Of(Atoms)}",
        2 => $"attribute={Expression(random, depth)}",
        3 => $"*{Expression(random, depth)}",
        4 => $"**{Expression(random, depth)}",
        _ => Expression(random, depth),
    };
}
