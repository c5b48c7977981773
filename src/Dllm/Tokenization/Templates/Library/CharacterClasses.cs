using System.Globalization;

namespace Dllm.Tokenization.Templates;

/// <summary>Python's classes of characters, asked of code points.</summary>
internal static class CharacterClasses
{
    /// <summary>Whether the text is not empty and every code point is of a class.</summary>
    public static bool All(string text, Func<int, bool> isOfClass)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!isOfClass(CodePoints.At(text, ref i)))
                return false;
        }
        return text.Length > 0;
    }

    public static bool IsLetter(int codePoint) => Category(codePoint) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(int codePoint) => Category(codePoint) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsDigit(int codePoint) => IsDecimal(codePoint) || (Unit(codePoint) is { } unit && CharUnicodeInfo.GetDigitValue(unit) >= 0);

    public static bool IsNumber(int codePoint) =>
        IsDigit(codePoint) || CharUnicodeInfo.GetNumericValue(char.ConvertFromUtf32(Scalar(codePoint)), 0) >= 0;

    public static bool IsLetterOrNumber(int codePoint) => IsLetter(codePoint) || IsNumber(codePoint);

    /// <summary>What <c>\w</c> matches.</summary>
    public static bool IsWordCharacter(int codePoint) => codePoint == '_' || IsLetterOrNumber(codePoint);

    public static bool IsIdentifier(string text)
    {
        var isFirst = true;
        return All(text, codePoint =>
        {
            var isValid = codePoint == '_' || IsLetter(codePoint) || Category(codePoint) == UnicodeCategory.LetterNumber
                || (!isFirst && Category(codePoint) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark
                    or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation);
            isFirst = false;
            return isValid;
        });
    }

    private static UnicodeCategory Category(int codePoint) => Unit(codePoint) is { } unit
        ? CharUnicodeInfo.GetUnicodeCategory(unit)
        : CharUnicodeInfo.GetUnicodeCategory(codePoint);

    private static char? Unit(int codePoint) => codePoint < 0x10000 ? (char)codePoint : null;

    /// <summary>A lone surrogate has no numeric value: any unassigned character stands in for it.</summary>
    private static int Scalar(int codePoint) => codePoint is >= 0xd800 and < 0xe000 ? 0xfffe : codePoint;
}
