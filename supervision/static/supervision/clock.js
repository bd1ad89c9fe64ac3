// Countdowns by the server's clock: a wrong clock in the browser does not matter.
'use strict';
{
    const SOON = 300;
    let ahead = 0;  // milliseconds by which the server's clock is ahead of the browser's
    const now = () => Date.now() + ahead;
    const set = (moment) => { if (moment) { ahead = Date.parse(moment) - Date.now(); } };

    // As the filter `span` in templatetags/desk.py.
    function span(seconds) {
        const whole = Math.max(0, Math.floor(seconds)), minutes = Math.floor(whole / 60), hours = Math.floor(whole / 3600);
        if (whole < 120) { return `${minutes}:${String(whole % 60).padStart(2, '0')}`; }
        if (hours < 1) { return `${minutes} min`; }
        if (hours < 10) { return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`; }
        return hours < 48 ? `${hours} h` : countedInWords(Math.floor(whole / 86400), '{} day', '{} days');
    }

    const write = (node, words) => { if (node.textContent !== words) { node.textContent = words; } };

    function promise(node) {
        const due = Date.parse(node.dataset.until), remaining = (due - now()) / 1000;
        const all = (due - Date.parse(node.dataset.from)) / 1000;
        write(node, inWords(remaining >= 0 ? '{} left' : '{} late', span(Math.abs(remaining))));
        const box = node.closest('.promise'), bar = box?.querySelector('progress');
        box?.classList.toggle('late', remaining < 0);
        box?.classList.toggle('soon', remaining >= 0 && remaining <= Math.max(all / 4, SOON));
        if (bar) { bar.value = remaining < 0 ? bar.max : Math.min(bar.max, remaining); }
    }

    function tick() {
        document.querySelectorAll('[data-until]').forEach(promise);
        document.querySelectorAll('[data-since]').forEach((node) => write(node, span((now() - Date.parse(node.dataset.since)) / 1000)));
        document.querySelectorAll('progress[data-began]').forEach((bar) => { bar.value = Math.max(0, bar.max - (now() - Date.parse(bar.dataset.began)) / 1000); });
        document.querySelectorAll('[data-count-down]').forEach((node) => {
            const remaining = Math.ceil((Date.parse(node.dataset.countDown) - now()) / 1000);
            write(node, remaining > 0 ? `${remaining} s` : inWords('a moment'));
            document.getElementById('undo')?.toggleAttribute('hidden', remaining <= 0);
        });
        document.querySelectorAll('[data-ends]').forEach((node) => { if (Date.parse(node.dataset.ends) < now()) { node.remove(); } });
    }

    // The toast leaves six seconds after it had nothing more to say, unless somebody points at it.
    function leave() {
        const toast = document.getElementById('toast');
        if (!toast) { return; }
        if (toast.matches(':hover, :focus-within')) { setTimeout(leave, 1000); return; }
        toast.remove();
    }

    set(document.getElementById('live')?.dataset.now);
    document.addEventListener('live:clock', ({detail}) => { set(detail); });
    document.addEventListener('live:swapped', tick);
    setInterval(tick, 1000);
    tick();
    if (document.getElementById('toast')) {
        const shown = document.querySelector('[data-count-down]');
        setTimeout(leave, shown ? 6000 + Math.max(0, Date.parse(shown.dataset.countDown) - now()) : 10000);
    }
}
