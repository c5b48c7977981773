using System.Globalization;
using System.Text;

namespace Dllm.Cli.Display;

/// <summary>A line chart of text: each character is a braille cell of 2 by 4 dots.</summary>
internal static class BrailleChart
{
    private const int LabelWidth = 8;

    // Bits of the dots in a cell (Unicode's order), by column and row.
    private static readonly int[,] Dots = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    /// <summary>Draws points joined by lines.</summary>
    /// <param name="points">At least two points with rising x; values that are not finite are left out.</param>
    /// <param name="width">Columns in all, at least 20.</param>
    /// <param name="height">Rows of the drawing, at least 2.</param>
    /// <returns>Lines without a final line end; empty where there are fewer than two points.</returns>
    public static string Draw(IReadOnlyList<(double X, double Y)> points, int width, int height)
    {
        var shown = points.Where(point => double.IsFinite(point.Y)).ToList();
        if (shown.Count < 2) return "";
        int columns = Math.Max(width - LabelWidth - 2, 10), dotsWide = columns * 2, dotsHigh = height * 4;
        double left = shown[0].X, right = shown[^1].X, low = shown.Min(point => point.Y), high = shown.Max(point => point.Y);
        if (high - low < 1e-12) (low, high) = (low - 0.5, high + 0.5);
        double[] ys = Resample(shown, dotsWide, left, right);

        int[,] cells = new int[height, columns];
        int previous = -1;
        for (int x = 0; x < dotsWide; x++)
        {
            int y = (int)Math.Round((high - ys[x]) / (high - low) * (dotsHigh - 1));
            int from = previous < 0 ? y : Math.Min(y, previous), to = previous < 0 ? y : Math.Max(y, previous);
            for (int dot = from; dot <= to; dot++) cells[dot / 4, x / 2] |= Dots[x % 2, dot % 4];
            previous = y;
        }

        return Text(cells, low, high, left, right);
    }

    // The mean of the points that fall on each column of dots; where none does, the value on the line between its neighbours.
    private static double[] Resample(List<(double X, double Y)> points, int columns, double left, double right)
    {
        double[] ys = new double[columns];
        int at = 0;
        for (int column = 0; column < columns; column++)
        {
            double end = left + (right - left) * (column + 1) / columns, sum = 0;
            int count = 0;
            for (; at < points.Count && (points[at].X <= end || column == columns - 1); at++, count++) sum += points[at].Y;
            ys[column] = count > 0 ? sum / count : Between(points, Math.Max(at - 1, 0), left + (right - left) * (column + 0.5) / columns);
        }

        return ys;
    }

    private static double Between(List<(double X, double Y)> points, int before, double x)
    {
        if (before + 1 >= points.Count) return points[^1].Y;
        var (a, b) = (points[before], points[before + 1]);
        double share = b.X > a.X ? Math.Clamp((x - a.X) / (b.X - a.X), 0, 1) : 0;
        return a.Y + share * (b.Y - a.Y);
    }

    private static string Text(int[,] cells, double low, double high, double left, double right)
    {
        int height = cells.GetLength(0), columns = cells.GetLength(1);
        var text = new StringBuilder();
        for (int row = 0; row < height; row++)
        {
            string label = row == 0 ? Number(high) : row == height - 1 ? Number(low) : "";
            text.Append(label.PadLeft(LabelWidth)).Append(label.Length > 0 ? " ┤" : " │");
            var line = new StringBuilder();
            for (int column = 0; column < columns; column++) line.Append((char)(0x2800 + cells[row, column]));
            text.Append(line.ToString().TrimEnd('\u2800')).Append('\n');
        }

        text.Append(' ', LabelWidth + 1).Append('└').Append('─', columns).Append('\n');
        string first = Number(left), last = Number(right);
        return text.Append(' ', LabelWidth + 2).Append(first).Append(last.PadLeft(Math.Max(columns - first.Length, last.Length + 1))).ToString();
    }

    private static string Number(double value) => Math.Abs(value) >= 1000
        ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("0.###", CultureInfo.InvariantCulture);
}
