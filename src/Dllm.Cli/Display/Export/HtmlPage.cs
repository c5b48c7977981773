namespace Dllm.Cli.Display.Export;

/// <summary>The web page that <see cref="HtmlExport"/> puts its data into.</summary>
internal static class HtmlPage
{
    /// <summary>The page, with names in double braces where something is to be put.</summary>
    public const string Template =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <style>
        body { background: {{background}}; color: {{text}}; font: 16px/1.9 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 1.5rem; }
        h1 { font-size: 1rem; font-weight: 600; margin: 0 0 1rem; }
        .row { border-top: 1px solid {{mask}}; padding: .6rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
        .row span { border-radius: .3em; box-decoration-break: clone; -webkit-box-decoration-break: clone; padding: .12em 0; }
        .given { color: {{given}}; }
        .special { font-size: .72em; opacity: .65; }
        .mask { background: {{mask}}; display: inline-block; height: 1.1em; margin: 0 .12em; vertical-align: -.18em; width: 1.6em; }
        .new { box-shadow: 0 0 0 2px {{text}}; }
        nav { align-items: center; background: {{background}}; bottom: 0; display: flex; flex-wrap: wrap; gap: .8rem; padding: .8rem 0; position: sticky; }
        nav input { accent-color: #4aa97d; flex: 1; min-width: 6rem; }
        nav button, nav select { background: {{mask}}; border: 0; border-radius: .4em; color: inherit; font: inherit; line-height: 1.4; padding: .2em .9em; }
        nav output { color: {{given}}; font-variant-numeric: tabular-nums; min-width: 13em; text-align: right; }
        .legend { color: {{given}}; font-size: .8rem; }
        .legend i { display: inline-block; height: .8em; width: 1.4em; }
        </style>
        </head>
        <body>
        <h1>{{title}}</h1>
        <main id="rows"></main>
        <nav>
        <button id="play" type="button">Play</button>
        <select id="run" aria-label="run" hidden></select>
        <input id="step" type="range" min="0" value="0" aria-label="step">
        <output id="state"></output>
        </nav>
        <p class="legend">confidence 0 <span id="legend"></span> 1 · framed: written in this step · arrow keys and space</p>
        <script type="application/json" id="data">{{data}}</script>
        <script>
        const data = JSON.parse(document.getElementById('data').textContent);
        const colors = [{{colors}}];
        const [rows, play, run, slider, state] = ['rows', 'play', 'run', 'step', 'state'].map(id => document.getElementById(id));
        let timer = 0;
        colors.forEach(color => {
          const box = document.getElementById('legend').appendChild(document.createElement('i'));
          box.style.background = color;
        });
        data.runs.forEach((_, i) => run.append(new Option('run ' + (i + 1), i)));
        run.hidden = data.runs.length < 2;

        function frames() { return data.runs[run.value] || []; }

        // The canvas after a step: the first canvas, and what every step up to it changed.
        function canvas(step) {
          const rows = [];
          for (const frame of frames().slice(0, step + 1)) {
            for (const [row, ...tokens] of frame.rows) rows[row] = tokens;
            for (const [row, place, token] of frame.changes) {
              rows[row] = rows[row].slice();
              rows[row][place] = token;
            }
          }
          return rows;
        }

        function draw() {
          const step = +slider.value;
          rows.replaceChildren(...canvas(step).map(tokens => {
            const line = document.createElement('div');
            line.className = 'row';
            line.dir = 'auto';
            for (const [number, kind, confidence, written] of tokens) {
              const span = line.appendChild(document.createElement('span'));
              const [text, special] = data.texts[number];
              if (kind === 2) { span.className = 'mask'; continue; }
              span.textContent = text;
              span.className = (kind === 0 ? 'given' : '') + (special ? ' special' : '') + (kind === 1 && written === step ? ' new' : '');
              if (kind !== 1) continue;
              span.style.background = confidence < 0 ? '{{unknown}}' : colors[Math.round(confidence / 100)];
              span.title = 'step ' + written + (confidence < 0 ? '' : ', confidence ' + (confidence / 1000).toFixed(3));
            }
            return line;
          }));
          const last = frames().length - 1;
          state.value = 'step ' + step + '/' + last + ' · ' + (last < 0 ? 0 : frames()[step].masks) + ' masks left';
        }

        function choose() { slider.max = Math.max(frames().length - 1, 0); slider.value = 0; draw(); }
        function move(by) { slider.value = +slider.value + by; draw(); }
        function stop() { clearInterval(timer); timer = 0; play.textContent = 'Play'; }
        function toggle() {
          if (timer) return stop();
          if (slider.value === slider.max) { slider.value = 0; draw(); }
          play.textContent = 'Stop';
          timer = setInterval(() => slider.value === slider.max ? stop() : move(1), 180);
        }

        slider.addEventListener('input', () => { stop(); draw(); });
        run.addEventListener('change', () => { stop(); choose(); });
        play.addEventListener('click', toggle);
        addEventListener('keydown', event => {
          if (event.target === run) return;
          const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (by && event.target !== slider) { stop(); move(by); event.preventDefault(); }
          if (event.key === ' ' && event.target !== play) { toggle(); event.preventDefault(); }
        });
        choose();
        slider.value = slider.max;
        draw();
        </script>
        </body>
        </html>
        """;
}
