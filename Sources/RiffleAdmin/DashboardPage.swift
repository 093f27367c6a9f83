import HTTPTypes
import Hummingbird

/// The dashboard: one page without any outside resource that polls the admin API each second.
///
/// The page itself holds no figure, so it needs no token; what it shows it asks for with the token the visitor enters,
/// which stays in the tab. Everything from outside is put in as text, never as markup.
enum DashboardPage {
    static var response: Response {
        var response = AdminResponses.text(html, type: "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        if let referrerPolicy = HTTPField.Name("Referrer-Policy") { response.headers[referrerPolicy] = "no-referrer" }
        return response
    }

    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>riffle</title>
        <style>
        :root { color-scheme: light dark; --ink: #1d2733; --soft: #66727f; --line: #dfe4ea; --paper: #f5f7f9; --card: #fff;
          --hit: #1f9d6b; --stale: #7cc4a4; --revalidated: #3b82c4; --collapsed: #7c6fd0; --derived: #45b5c4;
          --miss: #e09b2d; --bypass: #9aa5b1; --write: #8a6d5a; --error: #d64545; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e3e9ef; --soft: #8e9aa7; --line: #2c3641; --paper: #12181e;
          --card: #1a222a; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
        main { max-width: 1180px; margin: 0 auto; padding: 20px; display: grid; gap: 14px;
          grid-template-columns: repeat(12, 1fr); }
        header { grid-column: 1 / -1; display: flex; align-items: baseline; gap: 14px; flex-wrap: wrap; }
        h1 { font-size: 22px; margin: 0; letter-spacing: -.02em; }
        h2 { font-size: 12px; margin: 0 0 10px; color: var(--soft); font-weight: 600; }
        header span { color: var(--soft); overflow-wrap: anywhere; }
        #state { margin-left: auto; padding: 2px 10px; border-radius: 99px; border: 1px solid var(--line); }
        #state.bad { color: #fff; background: var(--error); border-color: var(--error); }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px;
          grid-column: span 12; min-width: 0; }
        .third { grid-column: span 3; } .half { grid-column: span 6; }
        @media (max-width: 860px) { .third, .half { grid-column: span 12; } }
        svg { display: block; width: 100%; height: 190px; }
        svg text { fill: var(--soft); font-size: 11px; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th { text-align: right; color: var(--soft); font-weight: 500; font-size: 12px; }
        td { text-align: right; padding: 3px 0 3px 10px; border-top: 1px solid var(--line); white-space: nowrap; }
        th.name, td.name { text-align: left; padding-left: 0; }
        td.wide { white-space: normal; overflow-wrap: anywhere; width: 60%; }
        dl { margin: 0; display: grid; grid-template-columns: 1fr auto; gap: 4px 10px; }
        dt { color: var(--soft); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
        .big { font-size: 26px; font-weight: 600; letter-spacing: -.02em; margin-bottom: 8px; }
        .dot { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 7px; }
        .bar { height: 6px; border-radius: 3px; background: var(--line); overflow: hidden; margin-bottom: 10px; }
        .bar i { display: block; height: 100%; background: var(--hit); }
        form { grid-column: 1 / -1; display: none; gap: 8px; }
        input, button { font: inherit; padding: 6px 10px; border-radius: 6px; border: 1px solid var(--line);
          background: var(--card); color: inherit; }
        </style>
        </head>
        <body>
        <main>
        <header><h1>riffle</h1><span id="about"></span><span id="state">connecting</span></header>
        <form id="ask"><input id="token" type="password" autocomplete="off" placeholder="admin token" aria-label="admin token">
          <button>Show figures</button></form>
        <section class="half"><h2>Requests per second, last two minutes</h2><svg id="rates" role="img"
          aria-label="requests per second by outcome"></svg></section>
        <section class="half"><h2>Latency since the start, logarithmic</h2><svg id="latency" role="img"
          aria-label="latency histogram"></svg></section>
        <section><h2>By outcome</h2><table><thead><tr><th class="name">outcome</th><th class="name">tier</th>
          <th>requests</th><th>per second</th><th>share</th><th>p50</th><th>p99</th><th>max</th></tr></thead>
          <tbody id="rows"></tbody></table></section>
        <section class="third"><h2>Memory tier</h2><div id="memory"></div></section>
        <section class="third"><h2>Redis</h2><div id="redis"></div></section>
        <section class="third"><h2>Origin</h2><div id="origin"></div></section>
        <section class="third"><h2>Prefetch</h2><div id="prefetch"></div></section>
        <section><h2>Hottest folders</h2><table><thead><tr><th class="name">folder</th><th>hits</th><th>bytes</th>
          <th>age</th><th>ttl</th><th>for</th></tr></thead><tbody id="folders"></tbody></table></section>
        </main>
        <script>
        'use strict';
        const outcomes = ['hit', 'stale', 'derived', 'revalidated', 'collapsed', 'miss', 'bypass', 'write', 'error'];
        const keep = 120, by = id => document.getElementById(id), samples = [];
        let before = null, token = sessionStorage.getItem('riffle-token') || '';
        const colour = name => 'var(--' + name + ')';
        function make(tag, attributes, ...children) {
          const node = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
          node.append(...children);
          return node;
        }
        function shape(tag, attributes, text) {
          const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
          for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
          if (text !== undefined) node.textContent = text;
          return node;
        }
        const count = n => Number(n).toLocaleString('en');
        const digits = n => n < 9.995 ? n.toFixed(2) : n < 99.95 ? n.toFixed(1) : count(Math.round(n));
        function bytes(n) {
          for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
            if (n < 1024 || unit === 'GiB') return (unit === 'B' ? n : digits(n)) + ' ' + unit;
            n /= 1024;
          }
        }
        function time(ns) {
          if (ns === null) return '–';
          return ns < 1e6 ? digits(ns / 1e3) + ' µs' : ns < 1e9 ? digits(ns / 1e6) + ' ms' : digits(ns / 1e9) + ' s';
        }
        function span(s) {
          if (s < 0) return 'stale';
          return s < 60 ? Math.round(s) + ' s' : s < 3600 ? Math.round(s / 60) + ' min'
            : s < 86400 ? (s / 3600).toFixed(1) + ' h' : (s / 86400).toFixed(1) + ' d';
        }
        function percentile(latency, part) {
          if (!latency) return null;
          const total = latency.buckets.reduce((sum, b) => sum + b.count, 0);
          if (part >= 1) return latency.maxNanoseconds;
          let seen = 0;
          for (const b of latency.buckets) if ((seen += b.count) >= part * total) return b.from;
          return null;
        }
        function add(counts, key, n) { counts[key] = (counts[key] || 0) + n; }
        function pairs(snapshot) {
          const counts = {};
          for (const row of snapshot.requests.rows) add(counts, row.outcome + ' ' + row.tier, row.count);
          return counts;
        }
        function figures(id, big, entries, share) {
          const list = make('dl');
          for (const [name, value] of entries) list.append(make('dt', {}, name), make('dd', {}, value));
          const parts = [make('div', { class: 'big' }, big)];
          if (share !== undefined) {
            const fill = make('i');
            fill.style.width = Math.min(100, share * 100) + '%';
            parts.push(make('div', { class: 'bar' }, fill));
          }
          by(id).replaceChildren(...parts, list);
        }
        function drawRates() {
          const svg = by('rates'), width = svg.clientWidth, height = 190, base = height - 18, left = 44;
          const top = Math.max(1, ...samples.map(h => outcomes.reduce((sum, o) => sum + (h[o] || 0), 0)));
          const parts = [], step = (width - left) / keep;
          for (const part of [0, .5, 1]) {
            const y = base - part * (base - 12);
            parts.push(shape('line', { x1: left, x2: width, y1: y, y2: y, stroke: 'var(--line)' }),
              shape('text', { x: left - 6, y: y + 4, 'text-anchor': 'end' }, digits(top * part)));
          }
          samples.forEach((h, index) => {
            let y = base;
            for (const outcome of outcomes) {
              const tall = (h[outcome] || 0) / top * (base - 12);
              if (!tall) continue;
              y -= tall;
              parts.push(shape('rect', { x: width - (samples.length - index) * step, y, width: Math.max(1, step - 1),
                height: tall, fill: colour(outcome) }));
            }
          });
          parts.push(shape('text', { x: left, y: height - 3 }, '2 min ago'),
            shape('text', { x: width, y: height - 3, 'text-anchor': 'end' }, 'now'));
          svg.replaceChildren(...parts);
        }
        function drawLatency(latencies) {
          const svg = by('latency'), width = svg.clientWidth, height = 190, base = height - 18, decades = 7, each = 12;
          const slots = Array.from({ length: decades * each }, () => ({}));
          for (const latency of latencies) for (const b of latency.buckets) {
            const slot = Math.floor((Math.log10(Math.max(b.from, 1e4)) - 4) * each);
            add(slots[Math.min(slots.length - 1, slot)], latency.outcome, b.count);
          }
          // Heights are logarithmic too, so that a few slow requests show beside a million fast ones.
          const sum = slot => Object.values(slot).reduce((a, b) => a + b, 0), tall = n => Math.log10(1 + n);
          const top = Math.max(tall(1), ...slots.map(slot => tall(sum(slot)))), step = width / slots.length, parts = [];
          ['10 µs', '100 µs', '1 ms', '10 ms', '100 ms', '1 s', '10 s'].forEach((name, index) => {
            const x = index * each * step;
            parts.push(shape('line', { x1: x, x2: x, y1: 8, y2: base, stroke: 'var(--line)' }),
              shape('text', { x: x + 3, y: height - 3 }, name));
          });
          slots.forEach((slot, index) => {
            const total = sum(slot), whole = tall(total) / top * (base - 12);
            let y = base;
            for (const outcome of outcomes) {
              if (!slot[outcome]) continue;
              const part = slot[outcome] / total * whole;
              y -= part;
              parts.push(shape('rect', { x: index * step, y, width: Math.max(1, step - 1), height: part,
                fill: colour(outcome) }));
            }
          });
          svg.replaceChildren(...parts);
        }
        function drawRows(snapshot, counts, rates) {
          const total = Object.values(counts).reduce((a, b) => a + b, 0), lines = [];
          for (const outcome of outcomes) for (const tier of ['memory', 'redis', 'origin']) {
            const pair = outcome + ' ' + tier;
            if (!counts[pair]) continue;
            const latency = snapshot.requests.latencies.find(l => l.outcome === outcome && l.tier === tier);
            const dot = make('span', { class: 'dot' });
            dot.style.background = colour(outcome);
            lines.push(make('tr', {}, make('td', { class: 'name' }, dot, outcome), make('td', { class: 'name' }, tier),
              ...[count(counts[pair]), rates ? digits(rates[pair] || 0) : '–', (counts[pair] / total * 100).toFixed(1) + ' %',
                time(percentile(latency, .5)), time(percentile(latency, .99)), time(percentile(latency, 1))]
                .map(text => make('td', {}, text))));
          }
          by('rows').replaceChildren(...lines);
        }
        function show(now) {
          const counts = pairs(now), seconds = before ? now.uptimeSeconds - before.uptimeSeconds : 0;
          let rates = null;
          if (seconds > 0) {
            const old = pairs(before), sample = {};
            rates = {};
            for (const pair of Object.keys(counts)) {
              rates[pair] = Math.max(0, counts[pair] - (old[pair] || 0)) / seconds;
              add(sample, pair.split(' ')[0], rates[pair]);
            }
            samples.push(sample);
            if (samples.length > keep) samples.shift();
          } else samples.length = 0;
          before = now;
          by('about').textContent = now.version + ' · ' + now.dialect + ' · ' + now.origin.url + ' · up '
            + span(now.uptimeSeconds) + ' · ' + count(now.connections) + ' connections';
          drawRates();
          drawLatency(now.requests.latencies);
          drawRows(now, counts, rates);
          const memory = now.memory, redis = now.redis, origin = now.origin, prefetch = now.prefetch;
          figures('memory', bytes(memory.bytes), [['limit', bytes(memory.limit)], ['entries', count(memory.entries)],
            ['evicted', count(memory.evictions)]], memory.limit ? memory.bytes / memory.limit : 0);
          figures('redis', redis.state, Object.entries(redis.numbers).sort().map(([name, n]) => [name.replaceAll('_', ' '),
            count(n)]));
          figures('origin', count(origin.calls) + ' calls', [['in flight', count(origin.inFlight)],
            ['failed', count(origin.failures)], ['fills in flight', count(now.fillsInFlight)]]);
          figures('prefetch', prefetch.enabled ? count(prefetch.issued) + ' issued' : 'off', [['used', count(prefetch.used)],
            ['wasted', count(prefetch.wasted)], ['skipped by budget', count(prefetch.skippedByBudget)],
            ['in flight', count(prefetch.inFlight)], ['extra calls', (prefetch.extraShare * 100).toFixed(1) + ' %']]);
        }
        function showFolders(folders) {
          by('folders').replaceChildren(...folders.map(f => make('tr', {}, make('td', { class: 'name wide' }, f.path),
            ...[count(f.hits), bytes(f.bytes), span(f.ageSeconds), span(f.ttlSeconds), f.principal || 'everyone']
              .map(text => make('td', {}, text)))));
        }
        async function get(path) {
          const response = await fetch(path, { headers: token ? { Authorization: 'Bearer ' + token } : {},
            signal: AbortSignal.timeout(5000) });
          if (response.status === 401) { by('ask').style.display = 'flex'; throw new Error('token needed'); }
          if (!response.ok) throw new Error('answered ' + response.status);
          by('ask').style.display = 'none';
          return response.json();
        }
        function state(text, bad) { by('state').textContent = text; by('state').className = bad ? 'bad' : ''; }
        async function tick() {
          try {
            if (!document.hidden) {
              const [now, folders] = await Promise.all([get('/-/stat'), get('/-/top?limit=10')]);
              show(now);
              showFolders(folders);
              state('live', false);
            }
          } catch (error) { state(error.message === 'token needed' ? 'token needed' : 'no answer', true); }
          setTimeout(tick, 1000);
        }
        by('ask').addEventListener('submit', event => {
          event.preventDefault();
          token = by('token').value;
          sessionStorage.setItem('riffle-token', token);
        });
        tick();
        </script>
        </body>
        </html>

        """#
}
