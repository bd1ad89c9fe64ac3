// Keys, dialogs and menus. Every key has a button or a link; single keys rest while somebody types.
'use strict';
{
    const keys = document.getElementById('keys'), opener = document.querySelector('[data-opens="keys"]');
    const inField = (node) => node.matches('input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select') || node.isContentEditable;

    const areOff = document.getElementById('live')?.dataset.singleKeys === 'off';  // as the profile says

    if (keys && opener) {
        opener.hidden = false;
        opener.addEventListener('click', () => keys.showModal());
    }

    document.addEventListener('click', (event) => {
        document.querySelectorAll('details.menu[open]').forEach((menu) => { if (!menu.contains(event.target)) { menu.open = false; } });
    });

    const rows = () => [...document.querySelectorAll('.queue > .request')];
    const marked = () => document.querySelector('.marked-row');

    function mark(step) {
        const all = rows();
        if (!all.length) { return; }
        const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(marked()) + step))];
        all.forEach((row) => row.classList.toggle('marked-row', row === next));
        next.scrollIntoView({block: 'nearest'});
        next.querySelector('a').focus({preventScroll: true});
        document.dispatchEvent(new CustomEvent('live:marked'));
    }

    function escape(target) {
        const menu = document.querySelector('details.menu[open]');
        if (menu) { menu.open = false; menu.querySelector('summary').focus(); return; }
        if (inField(target)) { target.blur(); return; }
        if (marked()) { marked().classList.remove('marked-row'); document.activeElement.blur(); return; }
        document.querySelector('[data-hotkey="Escape"]')?.click();
    }

    // What a key does to the marked help request is a button on its page, too.
    async function press(address) {
        const body = new FormData();
        body.append('csrfmiddlewaretoken', document.querySelector('input[name=csrfmiddlewaretoken]').value);
        await fetch(address, {method: 'POST', body, redirect: 'manual', headers: {'X-Requested-With': 'keys'}}).catch(() => {});
        document.dispatchEvent(new CustomEvent('live:marked'));
    }

    let goes = 0;
    function go(key) {
        const place = Date.now() - goes < 1500 && document.querySelector(`[data-go="${CSS.escape(key)}"]`);
        goes = key === 'g' ? Date.now() : 0;
        place?.click?.();
        return Boolean(place) || key === 'g';
    }

    document.addEventListener('keydown', (event) => {
        if (event.isComposing || document.querySelector('dialog[open]')) { return; }
        if (event.key === 'Escape') { escape(event.target); return; }
        if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) { return; }
        if (event.key.length === 1 && areOff) { return; }
        if (event.key === '?' && keys) { event.preventDefault(); keys.showModal(); return; }
        const key = event.key.toLowerCase();
        if (key.length === 1 && go(key)) { event.preventDefault(); return; }
        const mine = key.length === 1 && marked()?.dataset[key];
        if (mine && !event.repeat) { event.preventDefault(); press(mine); return; }
        const hot = document.querySelector(`[data-hotkey="${CSS.escape(key)}"]`);
        if (hot && !hot.disabled && !hot.closest('[hidden]')) { event.preventDefault(); if (hot.matches('summary')) { hot.focus(); } hot.click(); return; }
        if (event.key === 'j' || event.key === 'k') { mark(event.key === 'j' ? 1 : -1); }
        if (event.key === 'Enter' && event.target === document.body) {
            const box = document.getElementById('answer');
            if (box) { event.preventDefault(); box.focus(); } else { marked()?.querySelector('a')?.click(); }
        }
    });
}
