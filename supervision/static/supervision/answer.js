// The answer box: drafts that survive, known answers as a start.
'use strict';
{
    const form = document.getElementById('compose'), box = document.getElementById('answer');
    const key = document.querySelector('[data-draft-key]').dataset.draftKey;
    const startKey = `${key}:start`;  // what stood in the box before: a draft of another round is not put over it
    const scopeKey = `${key}:scope`;  // what was meant for one caller is never taught to all by a reload

    function forget() { [key, startKey, scopeKey].forEach((one) => localStorage.removeItem(one)); }

    function save() {
        const at = document.getElementById('draft-saved');
        if (box.value.trim()) {
            localStorage.setItem(key, box.value);
            localStorage.setItem(startKey, box.defaultValue);
            localStorage.setItem(scopeKey, form.elements.scope.value);
        } else {
            forget();
        }
        if (at) { at.textContent = box.value.trim() ? 'draft saved' : ''; }
    }

    // Who types has it, and keeps it while typing goes on; another's claim is left alone.
    let claimedAt = 0;
    function claimQuietly() {
        const isFree = document.getElementById('claim'), isMine = document.getElementById('release');
        if (!(isFree || isMine) || Date.now() - claimedAt < 120000) { return; }
        claimedAt = Date.now();
        const body = new FormData();
        body.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
        fetch(form.dataset.claim, {method: 'POST', body, redirect: 'manual'}).catch(() => {});
    }

    if (form && box) {
        let pause = null;
        const isOfThisRound = !box.value || box.value === localStorage.getItem(startKey);
        if (isOfThisRound && localStorage.getItem(key) && localStorage.getItem(key) !== box.value) {
            box.value = localStorage.getItem(key);
            if (localStorage.getItem(scopeKey)) { form.elements.scope.value = localStorage.getItem(scopeKey); }
            document.getElementById('draft-saved').textContent = 'your draft, kept on this device';
        }
        box.dispatchEvent(new Event('input'));
        box.addEventListener('input', () => {
            claimQuietly();
            clearTimeout(pause);
            pause = setTimeout(save, 500);
        });
        form.addEventListener('change', ({target}) => { if (target.name === 'scope') { save(); } });
        addEventListener('pagehide', () => { if (pause) { save(); } });
        form.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                const send = document.getElementById('send');
                if (send && !send.disabled) { form.requestSubmit(send); }
            }
        });
        form.addEventListener('submit', (event) => {
            save();
            if (!navigator.onLine) {
                event.preventDefault();
                document.getElementById('draft-saved').textContent = 'not sent: you are offline; your text is kept on this device';
                return;
            }
            setTimeout(() => form.querySelectorAll('button[type=submit]').forEach((button) => { button.disabled = true; }));
        });
        addEventListener('pageshow', (event) => {
            if (event.persisted) { form.querySelectorAll('button[type=submit]').forEach((button) => { button.disabled = false; }); }
        });
        document.addEventListener('click', (event) => {
            const draft = event.target.closest('[data-draft]');
            if (!draft) { return; }
            box.value = draft.dataset.draft;
            box.dispatchEvent(new Event('input'));
            box.focus();
        });
        // Closed by somebody else meanwhile: the words stay, sending would no longer reach anybody.
        document.addEventListener('live:swapped', ({detail}) => {
            const isClosed = !detail.getElementById('send');
            document.getElementById('send').disabled = isClosed;
            form.classList.toggle('closed', isClosed);
        });
    } else if (localStorage.getItem(key)) {
        const kept = document.getElementById('kept');
        if (kept?.dataset.given.trim() === localStorage.getItem(key).trim()) {
            forget();
        } else if (kept) {
            kept.hidden = false; kept.querySelector('blockquote').textContent = localStorage.getItem(key);
        }
    }
}
