using System.Globalization;
using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>C's <c>strftime</c> in the C locale, with the flags of its common implementation (<c>%-d</c> drops the padding).</summary>
internal static class StrftimeFormat
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public static string Format(DateTimeOffset time, string format)
    {
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }
            var start = i++;
            var flag = "-_0^#".Contains(format[i]) && i + 1 < format.Length ? format[i++] : '\0';
            result.Append(Directive(time, format[i], flag) ?? format[start..(i + 1)]);
        }
        return result.ToString();
    }

    private static string? Directive(DateTimeOffset time, char directive, char flag)
    {
        var text = Text(time, directive);
        if (text is not null)
            return flag is '^' or '#' ? text.ToUpperInvariant() : text;
        var (value, width, padding) = Number(time, directive);
        if (width < 0)
            return null;
        padding = flag switch { '_' => ' ', '0' => '0', _ => padding };
        var digits = value.ToString(English);
        return flag == '-' ? digits : digits.PadLeft(width, padding);
    }

    private static string? Text(DateTimeOffset time, char directive) => directive switch
    {
        'a' => time.ToString("ddd", English),
        'A' => time.ToString("dddd", English),
        'b' or 'h' => time.ToString("MMM", English),
        'B' => time.ToString("MMMM", English),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'c' => Format(time, "%a %b %e %H:%M:%S %Y"),
        'x' or 'D' => Format(time, "%m/%d/%y"),
        'X' or 'T' => Format(time, "%H:%M:%S"),
        'F' => Format(time, "%Y-%m-%d"),
        'R' => Format(time, "%H:%M"),
        'r' => Format(time, "%I:%M:%S %p"),
        'z' or 'Z' => "", // the reference's time has no zone
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    /// <summary>The number a directive stands for, its width and padding; width -1 when there is no such directive.</summary>
    private static (long Value, int Width, char Padding) Number(DateTimeOffset time, char directive) => directive switch
    {
        'd' => (time.Day, 2, '0'),
        'e' => (time.Day, 2, ' '),
        'f' => ((time.Ticks % TimeSpan.TicksPerSecond) / 10, 6, '0'),
        'H' => (time.Hour, 2, '0'),
        'k' => (time.Hour, 2, ' '),
        'I' => ((time.Hour + 11) % 12 + 1, 2, '0'),
        'l' => ((time.Hour + 11) % 12 + 1, 2, ' '),
        'j' => (time.DayOfYear, 3, '0'),
        'm' => (time.Month, 2, '0'),
        'M' => (time.Minute, 2, '0'),
        'S' => (time.Second, 2, '0'),
        's' => (time.ToUnixTimeSeconds(), 0, '0'),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 0, '0'),
        'w' => ((int)time.DayOfWeek, 0, '0'),
        'U' => ((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2, '0'),
        'W' => ((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2, '0'),
        'V' => (ISOWeek.GetWeekOfYear(time.DateTime), 2, '0'),
        'G' => (ISOWeek.GetYear(time.DateTime), 4, '0'),
        'g' => (ISOWeek.GetYear(time.DateTime) % 100, 2, '0'),
        'C' => (time.Year / 100, 2, '0'),
        'y' => (time.Year % 100, 2, '0'),
        'Y' => (time.Year, 4, '0'),
        _ => (0, -1, '0'),
    };
}
