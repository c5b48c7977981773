using System.Globalization;
using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.Verification;

/// <summary>Renderings of chat templates: whole conversations, and small templates that try one part of the language each.</summary>
internal sealed class ChatTemplateVerifier : ICaseVerifier
{
    private const string DefaultTime = "2025-07-26 13:05:09";

    /// <summary>The reference's exceptions and what they are here.</summary>
    private static readonly Dictionary<string, ChatTemplateErrorKind> KindOfException = new()
    {
        ["TemplateSyntaxError"] = ChatTemplateErrorKind.Syntax,
        ["TemplateAssertionError"] = ChatTemplateErrorKind.Syntax,
        ["TemplateRuntimeError"] = ChatTemplateErrorKind.Type,
        ["TemplateError"] = ChatTemplateErrorKind.Raised,
        ["UndefinedError"] = ChatTemplateErrorKind.Undefined,
        ["TypeError"] = ChatTemplateErrorKind.Type,
        ["FilterArgumentError"] = ChatTemplateErrorKind.Type,
        ["AttributeError"] = ChatTemplateErrorKind.Type,
        ["ValueError"] = ChatTemplateErrorKind.Value,
        ["KeyError"] = ChatTemplateErrorKind.Value,
        ["IndexError"] = ChatTemplateErrorKind.Value,
        ["OverflowError"] = ChatTemplateErrorKind.Arithmetic,
        ["ZeroDivisionError"] = ChatTemplateErrorKind.Arithmetic,
        ["SecurityError"] = ChatTemplateErrorKind.Security,
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = ["chat_template", "chat_template_features"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var clock = new FrozenClock(FrozenTime(c.Json));
        foreach (var (index, item) in c.Json.Items("items"))
        {
            var source = item.OptionalText("template") ?? c.Json.Text("template");
            var conversation = item.Text("conversation");
            var name = $"items[{index}]:{item.OptionalText("name") ?? conversation}";
            var messages = c.Json.GetProperty("conversations").GetProperty(conversation).Messages();
            yield return Check(name, item, () => Render(source, clock, messages, item, c.Json));
        }
    }

    private static CheckResult Check(string name, JsonElement item, Func<string> render)
    {
        string actual;
        try
        {
            actual = render();
        }
        catch (DllmException exception)
        {
            return item.OptionalText("expected_error") is { } error
                ? CheckError(name, error, item.OptionalText("expected_message"), exception)
                : CheckResult.Exact(name, false, $"expected text, got the error: {exception.Message}");
        }
        return item.OptionalText("expected_text") is { } expected
            ? CheckResult.Exact(name, expected == actual, Difference(expected, actual))
            : CheckResult.Exact(name, false, $"expected {item.OptionalText("expected_error")}, got {actual.Length} characters of text");
    }

    /// <summary>The kind of error counts, and the words where they are the template's own.</summary>
    private static CheckResult CheckError(string name, string expected, string? expectedMessage, DllmException actual)
    {
        if (actual is not ChatTemplateException exception)
            return CheckResult.Exact(name, expected is "ValueError" or "IndexError", $"expected {expected}, got the error: {actual.Message}");
        if (!KindOfException.TryGetValue(expected, out var kind))
            throw new CaseSkippedException($"the error {expected} is not known");
        var isSame = exception.Kind == kind
            && (kind != ChatTemplateErrorKind.Raised || expectedMessage is null || exception.Reason == expectedMessage);
        return CheckResult.Exact(name, isSame, $"expected {expected} '{expectedMessage}', got {exception.Kind} '{exception.Reason}'");
    }

    private static string Render(string source, TimeProvider clock, IReadOnlyList<ChatMessage> messages, JsonElement item, JsonElement json)
    {
        var variables = new Dictionary<string, object?>();
        if (json.Optional("special_tokens") is { } specialTokens)
            AddAll(variables, specialTokens);
        var (addGenerationPrompt, continueFinalMessage) = (false, false);
        if (item.Optional("options") is { } options)
        {
            AddAll(variables, options);
            addGenerationPrompt = variables.Remove("add_generation_prompt", out var add) && ((JsonElement)add!).GetBoolean();
            continueFinalMessage = variables.Remove("continue_final_message", out var proceed) && ((JsonElement)proceed!).GetBoolean();
        }
        var template = ChatTemplate.Parse(source, clock: clock);
        return continueFinalMessage
            ? template.RenderToContinue(messages, variables)
            : template.Render(messages, addGenerationPrompt, variables);
    }

    private static void AddAll(Dictionary<string, object?> variables, JsonElement values)
    {
        foreach (var property in values.EnumerateObject())
            variables[property.Name] = property.Value;
    }

    private static DateTime FrozenTime(JsonElement json)
    {
        var text = json.OptionalText("strftime_frozen") ?? json.Optional("environment")?.OptionalText("strftime_now") ?? DefaultTime;
        return DateTime.ParseExact(Digits(text), "yyyyMMddHHmmss", CultureInfo.InvariantCulture);
    }

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    private static string Difference(string expected, string actual)
    {
        var at = expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"texts part at {at}: expected …{Excerpt(expected, at)}…, got …{Excerpt(actual, at)}…";
    }

    private static string Excerpt(string text, int at) => text.Substring(at, Math.Min(40, text.Length - at)).Replace("\n", "\\n");

    private sealed class FrozenClock(DateTime time) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(time, TimeSpan.Zero);
    }
}
