using Dllm.Checkpoints;

namespace Dllm.Cli.Display.Export;

/// <summary>Writes a recording as an animated picture.</summary>
/// <param name="texts">How tokens read.</param>
internal sealed class GifExport(TokenTexts texts)
{
    private const int MostFrames = 240;
    private const int FrameTime = 16; // hundredths of a second
    private const int LastFrameTime = 250;

    /// <summary>Writes the picture: every step where there are not too many, else every second, third and so on, and the last of each run.</summary>
    /// <exception cref="DllmException">The file cannot be written, or the system has no font.</exception>
    public void Save(string path, DenoisingRecording recording)
    {
        var frames = recording.Runs.SelectMany(run => run.Select(frame => (Frame: frame, Run: run))).ToList();
        if (frames.Count == 0) return;
        int every = (frames.Count + MostFrames - 1) / MostFrames;
        using var painter = new FramePainter(texts, frames.Select(frame => frame.Frame));
        AtomicFile.Write(path, stream =>
        {
            var gif = new GifWriter(stream, painter.Size.Width, painter.Size.Height);
            foreach (var (frame, run) in frames)
            {
                bool isLast = frame == run[^1];
                if (!isLast && frame.Step % every != 0) continue;
                gif.Write(painter.Paint(frame, run.Count - 1), isLast ? LastFrameTime : FrameTime);
            }

            gif.Finish();
        });
    }
}
