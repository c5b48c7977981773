using System.Buffers;
using System.Globalization;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>Reads tokens as bytes in the <see cref="ByteAlphabet"/>; a token with another character stands for itself.</summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    public void Decode(List<string> tokens, TextBudget budget)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        foreach (string token in tokens)
        {
            Span<byte> target = bytes.GetSpan(Math.Max(1, 3 * token.Length));
            int count = Spell(token, target) ? token.Length : Encoding.UTF8.GetBytes(token, target);
            bytes.Advance(count);
        }

        tokens.Clear();
        tokens.Add(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    private static bool Spell(string token, Span<byte> target)
    {
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteAlphabet.ToByte(token[i]);
            if (value < 0)
            {
                return false;
            }

            target[i] = (byte)value;
        }

        return true;
    }
}

/// <summary>Joins runs of byte tokens (<c>&lt;0x0A&gt;</c>) into text; a run that is not UTF-8 becomes one U+FFFD a byte.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    private static readonly UTF8Encoding Strict = new(false, true);

    public void Decode(List<string> tokens, TextBudget budget)
    {
        var result = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (TryReadByte(token, out byte value))
            {
                run.Add(value);
                continue;
            }

            Flush(run, result);
            result.Add(token);
        }

        Flush(run, result);
        tokens.Clear();
        tokens.AddRange(result);
    }

    private static bool TryReadByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Flush(List<byte> run, List<string> result)
    {
        if (run.Count == 0)
        {
            return;
        }

        byte[] bytes = [.. run];
        run.Clear();
        try
        {
            result.Add(Strict.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            result.AddRange(Enumerable.Repeat("\uFFFD", bytes.Length));
        }
    }
}
