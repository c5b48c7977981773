namespace Dllm;

/// <summary>A value of a YAML document. What <c>*name</c> repeats is one object at several places.</summary>
/// <param name="Line">Where it stands, counted from 1.</param>
/// <param name="Tag">A tag of its own, as <c>!function</c>; null without one and for the tags of YAML itself.</param>
public abstract record YamlNode(int Line, string? Tag)
{
    /// <summary>How many values it and all below it are, written out; long texts count as several.</summary>
    internal int Size { get; init; } = 1;

    /// <summary>How many levels it has, itself included.</summary>
    internal int Depth { get; init; } = 1;
}

/// <summary>A single value.</summary>
/// <param name="Line">Where it stands, counted from 1.</param>
/// <param name="Tag">A tag of its own, or null.</param>
/// <param name="Text">The value as text, unquoted.</param>
/// <param name="IsPlain">Whether it is written without quotes and without a tag, so that <c>true</c> or <c>3</c> may mean no text.</param>
public sealed record YamlScalar(int Line, string? Tag, string Text, bool IsPlain) : YamlNode(Line, Tag);

/// <summary>A list.</summary>
/// <param name="Line">Where it stands, counted from 1.</param>
/// <param name="Tag">A tag of its own, or null.</param>
/// <param name="Items">Its values.</param>
public sealed record YamlList(int Line, string? Tag, IReadOnlyList<YamlNode> Items) : YamlNode(Line, Tag);

/// <summary>A mapping.</summary>
/// <param name="Line">Where it stands, counted from 1.</param>
/// <param name="Tag">A tag of its own, or null.</param>
/// <param name="Pairs">Keys and values as written; a key may stand twice, and <c>&lt;&lt;</c> is one like others.</param>
public sealed record YamlMap(int Line, string? Tag, IReadOnlyList<(YamlScalar Key, YamlNode Value)> Pairs) : YamlNode(Line, Tag);
