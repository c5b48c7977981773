using System.Text.Json;

namespace Dllm.Tokenization;

/// <summary>Tokens and their ids.</summary>
internal sealed class Vocabulary
{
    /// <summary>How far ids may run beyond the number of tokens: a file must not make us reserve space for ids nobody has.</summary>
    public const int Slack = 1 << 20;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly string?[] _tokens;

    private Vocabulary(Dictionary<string, int> ids, string?[] tokens)
    {
        _ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _tokens = tokens;
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>The tokens.</summary>
    public IEnumerable<string> Tokens => _ids.Keys;

    /// <summary>Reads an object of tokens and ids.</summary>
    public static Vocabulary Read(JsonSection section)
    {
        if (!section.IsObject)
        {
            throw section.Error("is not an object of tokens and ids");
        }

        var ids = new Dictionary<string, int>(section.Element.GetPropertyCount(), StringComparer.Ordinal);
        int largest = -1;
        foreach (JsonProperty entry in section.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
            {
                throw section.Error($"gives '{section.NameOf(entry)}' the id {entry.Value.GetRawText()}, which is no number from 0");
            }

            ids[section.NameOf(entry)] = id;
            largest = Math.Max(largest, id);
        }

        if (largest - ids.Count > Slack)
        {
            throw section.Error($"gives the id {largest} although it has only {ids.Count} tokens");
        }

        var tokens = new string?[largest + 1];
        foreach ((string token, int id) in ids)
        {
            tokens[id] = token;
        }

        return new Vocabulary(ids, tokens);
    }

    /// <summary>A vocabulary whose ids are the places in a list; of equal tokens the last counts.</summary>
    public static Vocabulary Of(IReadOnlyList<string> tokens)
    {
        var ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Count; id++)
        {
            ids[tokens[id]] = id;
        }

        return new Vocabulary(ids, [.. tokens]);
    }

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _lookup.TryGetValue(token, out id);

    public int? IdOf(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out int id) ? id : null;

    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;
}
