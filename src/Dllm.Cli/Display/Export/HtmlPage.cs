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
        <meta name="color-scheme" content="light dark">
        <title>{{title}}</title>
        <style>
        :root { --page: #ffffff; --text: #16191e; --faint: #5b6470; --mask: #d5dae1; --frame: #16191e; --accent: #1f7a4d; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #15181d; --text: #f2f4f7; --faint: #9aa3ae; --mask: #2e343d; --frame: #f2f4f7; --accent: #4aa97d; }
        }
        body { background: var(--page); color: var(--text); font: 16px/1.9 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 1.5rem; }
        h1 { font-size: 1rem; font-weight: 600; margin: 0 0 1rem; }
        .row { border-top: 1px solid var(--mask); overflow-wrap: anywhere; padding: .6rem 0; white-space: pre-wrap; }
        .question { color: var(--faint); }
        .row span { border-radius: .3em; box-decoration-break: clone; -webkit-box-decoration-break: clone; padding: .12em 0; }
        .row .written { color: #f2f4f7; }
        .row .given { color: var(--faint); }
        .row .special { font-size: .72em; opacity: .75; }
        .row .mask { background: var(--mask); display: inline-block; height: 1.1em; margin: 0 .12em; vertical-align: -.18em; width: 1.6em; }
        .row .new { box-shadow: 0 0 0 2px var(--page), 0 0 0 4px var(--frame); position: relative; }
        nav { align-items: center; background: var(--page); bottom: 0; display: flex; flex-wrap: wrap; gap: .6rem; padding: .8rem 0; position: sticky; }
        nav input { accent-color: var(--accent); flex: 1; min-width: 6rem; }
        nav button, nav select { background: var(--mask); border: 0; border-radius: .4em; color: inherit; font: inherit; line-height: 1.4; padding: .2em .8em; }
        nav select { max-width: 100%; }
        nav :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        nav output { color: var(--faint); font-variant-numeric: tabular-nums; min-width: 13em; text-align: right; }
        .legend { color: var(--faint); font-size: .8rem; }
        .legend i { display: inline-block; height: .8em; width: 1.4em; }
        kbd { border: 1px solid var(--mask); border-radius: .3em; font: inherit; padding: 0 .35em; }
        </style>
        </head>
        <body>
        <h1>{{title}}</h1>
        <main id="rows"></main>
        <nav aria-label="steps">
        <select id="run" aria-label="answer" hidden></select>
        <button id="play" type="button" aria-keyshortcuts="Space">Play</button>
        <button id="back" type="button" aria-label="one step back" aria-keyshortcuts="ArrowLeft">&#8592;</button>
        <button id="on" type="button" aria-label="one step on" aria-keyshortcuts="ArrowRight">&#8594;</button>
        <input id="step" type="range" min="0" value="0" aria-label="step">
        <output id="state" aria-live="polite"></output>
        </nav>
        <p class="legend">confidence 0 <span id="legend"></span> 1 &#183; framed: written in this step &#183;
        <kbd>Space</kbd> play or stop, <kbd>&#8592;</kbd> <kbd>&#8594;</kbd> a step, <kbd>Home</kbd> <kbd>End</kbd> first and last</p>
        <script type="application/json" id="data">{{data}}</script>
        <script>
        const data = JSON.parse(document.getElementById('data').textContent);
        const colors = [{{colors}}];
        const [rows, play, back, on, run, slider, state] = ['rows', 'play', 'back', 'on', 'run', 'step', 'state'].map(id => document.getElementById(id));
        let timer = 0;
        colors.forEach(color => {
          const box = document.getElementById('legend').appendChild(document.createElement('i'));
          box.style.background = color;
        });
        data.runs.forEach(({ questions }, i) => {
          const question = questions[0] || 'part ' + (i + 1);
          run.append(new Option(question.length > 60 ? question.slice(0, 60) + '…' : question, i));
        });
        run.hidden = data.runs.length < 2;

        function chosen() { return data.runs[run.value] || { questions: [], frames: [] }; }

        // The canvas after a step: the first canvas, and what every step up to it changed.
        function canvas(step) {
          const rows = [];
          for (const frame of chosen().frames.slice(0, step + 1)) {
            for (const [row, ...tokens] of frame.rows) rows[row] = tokens;
            for (const [row, place, token] of frame.changes) {
              rows[row] = rows[row].slice();
              rows[row][place] = token;
            }
          }
          return rows;
        }

        function line(parent, name) {
          const line = parent.appendChild(document.createElement('div'));
          line.className = name;
          line.dir = 'auto';
          return line;
        }

        function add(line, [number, kind, confidence, written], step) {
          const span = line.appendChild(document.createElement('span'));
          const [text, special] = data.texts[number];
          if (kind === 2) {
            span.className = 'mask';
            span.role = 'img';
            span.ariaLabel = 'masked';
            return;
          }
          span.textContent = text;
          span.className = (kind === 0 ? 'given' : 'written') + (special ? ' special' : '') + (kind === 1 && written === step ? ' new' : '');
          if (kind !== 1) return;
          span.style.background = confidence < 0 ? '{{unknown}}' : colors[Math.round(confidence / 100)];
          span.title = 'step ' + written + (confidence < 0 ? '' : ', confidence ' + (confidence / 1000).toFixed(3));
        }

        function draw() {
          const step = +slider.value, { questions, frames } = chosen(), last = Math.max(frames.length - 1, 0);
          rows.replaceChildren(...canvas(step).map((tokens, i) => {
            const row = document.createElement('div');
            row.className = 'row';
            if (questions[i]) line(row, 'question').textContent = questions[i];
            const answer = line(row, 'answer');
            tokens.forEach(token => add(answer, token, step));
            return row;
          }));
          state.value = 'step ' + step + '/' + last + ' · ' + (frames.length ? frames[step].masks : 0) + ' masks left';
          back.disabled = step === 0;
          on.disabled = step === last;
        }

        function choose() { slider.max = Math.max(chosen().frames.length - 1, 0); go(0); }
        function go(step) { slider.value = step; draw(); }
        function stop() { clearInterval(timer); timer = 0; play.textContent = 'Play'; state.ariaLive = 'polite'; }
        function toggle() {
          if (timer) return stop();
          if (slider.value === slider.max) go(0);
          play.textContent = 'Stop';
          state.ariaLive = 'off';
          timer = setInterval(() => slider.value === slider.max ? stop() : go(+slider.value + 1), 180);
        }

        slider.addEventListener('input', () => { stop(); draw(); });
        run.addEventListener('change', () => { stop(); choose(); });
        play.addEventListener('click', toggle);
        back.addEventListener('click', () => { stop(); go(+slider.value - 1); });
        on.addEventListener('click', () => { stop(); go(+slider.value + 1); });
        addEventListener('keydown', event => {
          if (event.target === run || event.ctrlKey || event.altKey || event.metaKey) return;
          const to = { ArrowRight: +slider.value + 1, ArrowLeft: +slider.value - 1, Home: 0, End: slider.max }[event.key];
          if (to !== undefined && event.target !== slider) { stop(); go(to); event.preventDefault(); }
          if (event.key === ' ' && event.target.tagName !== 'BUTTON') { toggle(); event.preventDefault(); }
        });
        choose();
        </script>
        </body>
        </html>
        """;
}
