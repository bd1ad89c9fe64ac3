// The tab's icon, and an installed desk's, say how many wait: a white dot, teal while somebody holds on the line.
'use strict';
{
    const place = document.getElementById('waiting'), link = document.querySelector('link[rel=icon]');
    const SPARE = 9, TEAL = '#1c92b5', PAPER = '#ffffff', INK = '#17121b';
    let plain = null, shown = '0';

    async function draw(waiting, holding) {
        const state = `${waiting}${holding ? ' holding' : ''}`;
        if (state === shown) { return; }
        shown = state;
        if (waiting) { navigator.setAppBadge?.(waiting).catch(() => {}); } else { navigator.clearAppBadge?.().catch(() => {}); }
        if (!waiting && !holding) { link.href = link.dataset.plain; return; }
        plain ??= await (await fetch(link.dataset.plain)).text();
        const words = waiting > SPARE ? `${SPARE}+` : String(waiting || '');
        const dot = `<circle cx="16" cy="8" r="8" fill="${holding ? TEAL : PAPER}"/>`;
        const count = `<text x="16" y="12" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${words.length > 1 ? 10 : 12}" fill="${INK}">${words}</text>`;
        if (state === shown) { link.href = `data:image/svg+xml,${encodeURIComponent(plain.replace('</svg>', `${dot}${count}</svg>`))}`; }
    }

    const read = (page) => {
        const {waiting, holding} = page.getElementById('waiting')?.dataset ?? {};
        if (waiting !== undefined) { draw(Number(waiting), Number(holding)); }
    };
    if (place && link) {
        link.dataset.plain = link.href;
        document.addEventListener('live:swapped', ({detail}) => read(detail));
        read(document);
    }
}
