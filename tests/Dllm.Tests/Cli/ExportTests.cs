using System.Text.Json;
using Dllm.Cli.Display;
using Dllm.Cli.Display.Export;
using Dllm.Sampling;
using Dllm.Tokenization;
using SkiaSharp;

namespace Dllm.Tests.Cli;

/// <summary>Pictures and pages of denoising, and the recording that they are drawn from.</summary>
public class ExportTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    private const int Mask = 9;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(200)]
    [InlineData(256)]
    public void AGifHoldsThePixelsThatWereWritten(int colors)
    {
        var random = new Random(colors);
        // Long enough that the table of codes fills up and is begun anew; with runs, as pictures have them.
        uint[] first = [.. Enumerable.Range(0, 150 * 90).Select(i => (uint)(i % 7 < 3 ? 0x102030 : random.Next(colors) * 0x010305))];
        uint[] second = [.. first];
        for (int i = 5000; i < 5400; i++) second[i] = 0xffffff;
        uint[][] frames = [first, second, second, [.. first.Reverse()]];
        using var stream = new MemoryStream();
        var gif = new GifWriter(stream, 150, 90);
        foreach (uint[] frame in frames) gif.Write(frame, 7);
        gif.Finish();

        stream.Position = 0;
        using var codec = SKCodec.Create(stream);
        Assert.Equal((150, 90, 4), (codec.Info.Width, codec.Info.Height, codec.FrameCount));
        for (int i = 0; i < frames.Length; i++)
        {
            using var bitmap = new SKBitmap(new SKImageInfo(150, 90, SKColorType.Bgra8888, SKAlphaType.Premul));
            Assert.Equal(SKCodecResult.Success, codec.GetPixels(bitmap.Info, bitmap.GetPixels(), new SKCodecOptions(i)));
            var expected = frames[i].Distinct().Count() <= 256 ? frames[i] : null;
            if (expected is not null) Assert.Equal(expected, bitmap.Pixels.Select(pixel => (uint)pixel & 0xffffff));
            Assert.Equal(70, codec.FrameInfo[i].Duration);
        }
    }

    [Theory]
    [InlineData("a b c", false, "a b c")]
    [InlineData("א ב c", true, "c ב א")]
    [InlineData("a א ב c", false, "a ב א c")]
    [InlineData("א a b ב", true, "ב a b א")]
    [InlineData("a א . ב . c", false, "a ב . א . c")]
    [InlineData(". א .", true, ". א .")]
    [InlineData("1 2 .", false, "1 2 .")]
    public void ALineIsReadInTheDirectionOfItsScript(string pieces, bool isFromRight, string shown)
    {
        string[] line = pieces.Split(' ');
        Assert.Equal(isFromRight, ReadingOrder.IsFromRight(line));
        Assert.Equal(shown, string.Join(' ', ReadingOrder.Of(line, isFromRight).Select(i => line[i])));
    }

    [Theory]
    [InlineData("plain é")]
    [InlineData("العربية")]
    [InlineData("👩‍👩‍👧 🇫🇷 世界 हिन्दी")]
    public void EveryTextHasAWidthThatItsDrawingKeeps(string text)
    {
        using var fonts = new FontSet(17);
        float width = fonts.Measure(text);
        Assert.InRange(width, 10, 400);
        using var bitmap = new SKBitmap(500, 40);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Black);
        fonts.Draw(canvas, text, 10, 25, SKColors.White);
        canvas.Flush();
        bool IsDrawn(int x) => Enumerable.Range(0, 40).Any(y => (uint)bitmap.GetPixel(x, y) != 0xff000000);
        int[] columns = [.. Enumerable.Range(0, 500).Where(IsDrawn)];
        Assert.InRange(columns[0], 8, 16);
        Assert.InRange(columns[^1], width - 6, width + 16);
    }

    [Fact]
    public void MoreColoursThanATableHoldsBecomeTheNearest()
    {
        uint[] pixels = [.. Enumerable.Range(0, 1000).Select(i => (uint)(i % 500 * 0x010101 & 0xffffff))];
        var table = new GifColors(pixels);
        Assert.Equal((8, 768), (table.Bits, table.Bytes.Length));
        Assert.Equal(1000, table.Indices(pixels).Length);
    }

    [Fact]
    public void ARecordingFollowsTheCanvas()
    {
        var recording = new DenoisingRecording();
        var canvas = Canvas.ForCompletion([[1, 2], [3]], 2, Mask, 0);
        SampleStep[] steps =
        [
            new(1, 2, 0, 1, [new CanvasChange(0, 2, 5, 0.5f), new CanvasChange(1, 1, 6, -0.7f)], 2),
            new(2, 2, 0, 1, [new CanvasChange(1, 2, 7, 1)], 0) { Replacements = [new RowReplacement(0, [1, 2, 5, 8, 8], [0, 1, 2, 3, -1])] },
        ];
        foreach (var _ in recording.Watch(new Replay(steps)).Sample(canvas, Cancellation)) { }
        var frames = Assert.Single(recording.Runs).Frames;
        Assert.Equal([0, 1, 2], frames.Select(frame => frame.Step));
        Assert.Equal([4, 2, 0], frames.Select(frame => frame.MasksLeft));
        Assert.Equal([1, 2, 9, 9], frames[0].Rows[0].Select(token => token.Id));
        Assert.Equal(
            [CanvasSpanKind.Given, CanvasSpanKind.Given, CanvasSpanKind.Changed, CanvasSpanKind.Masked], frames[1].Rows[0].Select(token => token.Kind));
        Assert.InRange(frames[1].Rows[1][1].Confidence, 0.49f, 0.51f); // e^-0.7
        Assert.Equal([1, 2, 5, 8, 8], frames[2].Rows[0].Select(token => token.Id));
        Assert.Equal(CanvasSpanKind.Committed, frames[2].Rows[0][2].Kind);
        Assert.Equal([0, 0, 1, 2, 2], frames[2].Rows[0].Select(token => token.Step));
    }

    [Fact]
    public void WhatWasKnownIsLeftOut()
    {
        var recording = new DenoisingRecording();
        var canvas = Canvas.ForCompletion([[1, 2, 3]], 2, Mask, 0);
        foreach (var _ in recording.Watch(new Replay([]), [2]).Sample(canvas, Cancellation)) { }
        Assert.Equal([3, 9, 9], recording.Runs[0].Frames[0].Rows[0].Select(token => token.Id));
    }

    [Fact]
    public void ThePageHoldsItsDataAndNothingFromElsewhere()
    {
        var tokenizer = Tokenizer.FromDirectory(tiny.Model);
        int[] ids = tokenizer.Encode("the ball is red .", addSpecialTokens: false);
        var recording = new DenoisingRecording();
        int mask = tokenizer.SpecialTokens.MaskId!.Value;
        var canvas = Canvas.ForCompletion([ids], 1, mask, 0);
        foreach (var _ in recording.Watch(new Replay([new(1, 1, 0, 1, [new CanvasChange(0, ids.Length, ids[0], 0.25f)], 0)])).Sample(canvas, Cancellation)) { }
        string page = new HtmlExport(new TokenTexts(tokenizer)).Page("a <b> title", recording);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.Contains("a &lt;b&gt; title", page, StringComparison.Ordinal);
        var run = PageData(page).GetProperty("runs")[0].GetProperty("frames");
        Assert.Equal(2, run.GetArrayLength());
        Assert.Equal(250, run[1].GetProperty("changes")[0][2][2].GetInt32());
        Assert.Equal(ids.Length + 2, run[0].GetProperty("rows")[0].GetArrayLength()); // the row's number, and its tokens
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("chat")]
    public void AnAnswersPageShowsTheQuestionInWordsAndNothingOfTheTemplate(string command)
    {
        string html = tiny.At($"question-{command}.html");
        string[] asked = command == "sample" ? ["where is <anna> ?"] : [];
        CliRun.WithInput("where is <anna> ?\n", [command, .. asked, "--model", tiny.Model, "--max-new-tokens", "4", "--html", html]);
        var run = PageData(File.ReadAllText(html)).GetProperty("runs")[0];
        Assert.Equal("where is <anna> ?", run.GetProperty("questions")[0].GetString());
        Assert.Equal(1 + 4, run.GetProperty("frames")[0].GetProperty("rows")[0].GetArrayLength());
    }

    [Fact]
    public void CommandsWriteBothFiles()
    {
        string[][] lines =
        [
            ["sample", "where is anna ?", "who ?", "--max-new-tokens", "4"],
            ["infill", "anna is in the [MASK] ."],
        ];
        foreach (string[] line in lines)
        {
            string gif = tiny.At($"{line[0]}.gif"), html = tiny.At($"{line[0]}.html");
            var run = CliRun.Of([.. line, "--model", tiny.Model, "--gif", gif, "--html", html]);
            Assert.All(run.Error.TrimEnd().Split('\n').Zip([gif, html]), told => Assert.StartsWith($"wrote {told.Second} (", told.First, StringComparison.Ordinal));
            Assert.Equal(0, run.ExitCode);
            using var codec = SKCodec.Create(gif);
            Assert.True(codec.FrameCount > 1);
            Assert.True(codec.FrameInfo[0].Duration >= 1000); // the beginning can be read
            Assert.Contains("anna", File.ReadAllText(html), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AFolderThatIsNotThereIsToldBeforeAnythingLoads()
    {
        var run = CliRun.Of(["sample", "hello", "--model", tiny.At("nothing"), "--gif", tiny.At("no/such/folder.gif")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("folder.gif", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AStillPictureHasALineForEachStepAndShowsWhatItComputed()
    {
        var tokenizer = Tokenizer.FromDirectory(tiny.Model);
        int word = tokenizer.Encode("anna", addSpecialTokens: false)[0], mask = tokenizer.SpecialTokens.MaskId!.Value;
        RecordedToken Masked() => new(mask, CanvasSpanKind.Masked, float.NaN, 0);
        RecordedToken Written(CanvasSpanKind kind, int step) => new(word, kind, 0.9f, step);
        var run = new RecordedRun(
            [
                new RecordedFrame(0, 3, [[Masked(), Masked(), Masked()]]),
                new RecordedFrame(1, 1, [[Written(CanvasSpanKind.Changed, 1), Written(CanvasSpanKind.Changed, 1), Masked()]]) { Reads = [new(0, 8, 8)] },
                new RecordedFrame(2, 1, [[Written(CanvasSpanKind.Committed, 1), Masked(), Written(CanvasSpanKind.Changed, 2)]])
                {
                    Block = 1,
                    Reads = [new(6, 7, 7)], // one column, and those in front from the cache
                },
            ],
            ["who is <anna> ?"],
            [5]);
        var recording = new DenoisingRecording();
        recording.Add(run);
        string picture = new SvgExport(new TokenTexts(tokenizer)).Picture("a <title>", recording);
        var svg = System.Xml.Linq.XDocument.Parse(picture).Root!;
        int Count(string name, string kind) => svg.Descendants().Count(element => element.Name.LocalName == name && (string?)element.Attribute("class") == kind);
        Assert.Equal(["start", "step 1", "step 2"], svg.Elements().Where(line => line.Name.LocalName == "g").SkipLast(1).Select(line => line.Elements().First().Value));
        Assert.Contains("who is <anna> ?", svg.Elements().Select(element => element.Value));
        Assert.Equal(2, Count("rect", "a")); // masked again, and the legend's
        Assert.Equal(1, Count("path", "b")); // where the second block begins
        Assert.Equal(4 + 1 + 1, Count("rect", "c")); // prompt and three tokens, one token, the legend's
        Assert.Equal(2 + 1, Count("rect", "k")); // prompt and one token; what was not seen has no bar
        Assert.Equal(3 + 1, Count("rect", "n")); // written in their step
        Assert.DoesNotContain("http", picture.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatTheModelReadIsRecordedWithEachStep()
    {
        string svg = tiny.At("cached.svg");
        var run = CliRun.Of(
            "sample", "where is anna ?", "--model", tiny.Model, "--sampler", "fast-dllm", "--use-cache", "dual", "--steps", "4", "--max-new-tokens", "4", "--svg", svg);
        Assert.Equal(0, run.ExitCode);
        string picture = File.ReadAllText(svg);
        Assert.Contains(">computed<", picture, StringComparison.Ordinal);
        Assert.Contains("class=\"k\"", picture, StringComparison.Ordinal);
        CliRun.Of("sample", "where is anna ?", "--model", tiny.Model, "--steps", "4", "--max-new-tokens", "4", "--svg", svg);
        Assert.DoesNotContain(">computed<", File.ReadAllText(svg), StringComparison.Ordinal); // all, in every step
    }

    private static JsonElement PageData(string page)
    {
        const string Start = "id=\"data\">";
        int from = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        using var data = JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]);
        return data.RootElement.Clone();
    }

    private sealed class Replay(IReadOnlyList<SampleStep> steps) : ISampler
    {
        public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
        {
            foreach (var step in steps)
            {
                canvas.Apply(step);
                yield return step;
            }
        }
    }
}
