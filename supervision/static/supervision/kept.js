// Answers that were sent while the line was cut: they wait on this device, and go under the rules of every answer.
'use strict';
{
    const place = document.getElementById('live'), form = document.getElementById('compose'), waits = document.getElementById('waits');
    const prefix = `waiting:${place?.dataset.user}:`, own = form && prefix + form.dataset.request;
    const LONGEST = 15000, OLD = 14 * 86400000;
    const isLive = () => document.querySelector('#connection.live') !== null;
    const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
    const show = () => { if (waits) { waits.hidden = !localStorage.getItem(own); } };

    async function send(key) {
        const kept = read(key), token = document.querySelector('input[name=csrfmiddlewaretoken]')?.value;
        if (!kept || !token) { return; }
        const body = new URLSearchParams(kept.fields);
        body.set('csrfmiddlewaretoken', token);
        const signal = AbortSignal.timeout(LONGEST);
        const answer = await fetch(kept.address, {method: 'POST', body, signal, headers: {'X-Requested-With': 'live'}}).catch(() => null);
        if (!answer || answer.status === 403 || answer.status >= 500) { return; }  // later, or after signing in
        if (answer.redirected && new URL(answer.url).pathname === place.dataset.login) { return; }
        localStorage.removeItem(key);
        if (key === own) {
            if (answer.redirected) { location.assign(answer.url); } else { resend(kept); }
        } else if (!answer.redirected) {
            tell(kept);
        }
    }

    // The server has something to say about it: let it, as if it had been pressed just now.
    function resend(kept) {
        const pressed = [...form.querySelectorAll('button[type=submit]')].find((one) => one.name && kept.fields.some(([name, value]) => one.name === name && one.value === value));
        passing = true;
        form.requestSubmit(pressed || document.getElementById('send'));
    }

    function tell(kept) {
        const words = document.getElementById('kept-not-sent')?.content.firstElementChild.cloneNode(true);
        if (!words) { return; }
        words.querySelector('a').href = kept.address;
        words.querySelector('.ref').textContent = kept.reference;
        document.getElementById('content').prepend(words);
    }

    // Two tabs of one person send it once; the server would, too.
    function sendAll() {
        for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix))) {
            if (navigator.locks) { navigator.locks.request(key, {ifAvailable: true}, (lock) => lock && send(key)); } else { send(key); }
        }
    }

    let passing = false;
    document.addEventListener('kept:submit', ({detail: event}) => {
        if (passing || isLive() && navigator.onLine) { return; }
        event.preventDefault();
        const fields = [...new FormData(form, event.submitter)].filter(([name]) => name !== 'csrfmiddlewaretoken');
        localStorage.setItem(own, JSON.stringify({address: form.action, reference: form.dataset.reference, fields}));
        show();
        if (navigator.onLine) { send(own); }
    });

    if (place?.dataset.user) {
        const draft = (key) => key.startsWith('draft:') && Date.now() - (read(key)?.at || 0) > OLD;
        Object.keys(localStorage).filter(draft).forEach((key) => localStorage.removeItem(key));
        document.addEventListener('live:open', sendAll);
        addEventListener('storage', show);
        const withdraw = () => { localStorage.removeItem(own); show(); };
        waits?.querySelector('button').addEventListener('click', withdraw);
        document.getElementById('answer')?.addEventListener('input', ({isTrusted}) => { if (isTrusted && form) { withdraw(); } });
        if (form) { show(); }
    }
}
