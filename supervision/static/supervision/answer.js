// The answer box: drafts that survive, known answers as a start, and who else types.
'use strict';
{
    const form = document.getElementById('compose'), box = document.getElementById('answer');
    const key = document.querySelector('[data-draft-key]').dataset.draftKey;
    const note = document.getElementById('draft-saved');
    const read = () => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
    const forget = () => localStorage.removeItem(key);
    const say = (words) => { if (note) { note.textContent = words; } };

    // Beside the words: what was meant for one caller, or for a while, is never taught to all by a reload.
    const BESIDE = ['scope', 'learned_question', 'holds', 'until', 'promotion'];

    function save() {
        if (!box.value.trim()) { forget(); say(''); return; }
        const beside = Object.fromEntries(BESIDE.map((name) => [name, form.elements[name]?.value ?? '']));
        // what stood in the box before: a draft of another round is not put over it
        localStorage.setItem(key, JSON.stringify({...beside, answer: box.value, start: box.defaultValue, at: Date.now()}));
        say(inWords('draft saved'));
    }

    function restore(words) {
        const draft = read();
        if (!draft?.answer || box.value && box.value !== draft.start && box.value !== draft.answer) { return; }
        const isOther = draft.answer !== box.value;
        box.value = draft.answer;
        BESIDE.forEach((name) => { if (draft[name] && form.elements[name]) { form.elements[name].value = draft[name]; } });
        if (isOther) { say(words); }
        box.dispatchEvent(new Event('input'));
    }

    // Who types has it, and keeps it while typing goes on; another's claim is left alone.
    let claimedAt = 0, toldAt = 0;
    function claimQuietly() {
        if (Date.now() - toldAt > 2500) {
            toldAt = Date.now();
            document.dispatchEvent(new CustomEvent('live:send', {detail: {typing: true}}));
        }
        const isFree = document.getElementById('claim'), isMine = document.getElementById('release');
        if (!(isFree || isMine) || Date.now() - claimedAt < 120000) { return; }
        claimedAt = Date.now();
        const body = new FormData();
        body.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
        fetch(form.dataset.claim, {method: 'POST', body, redirect: 'manual'}).catch(() => {});
    }

    const typing = document.getElementById('typing');
    let quiet = null;
    document.addEventListener('live:message', ({detail}) => {
        if (detail.type !== 'typing' || !typing) { return; }
        typing.firstElementChild.textContent = detail.who;
        typing.hidden = false;
        clearTimeout(quiet);
        quiet = setTimeout(() => { typing.hidden = true; }, 6000);
    });

    if (form && box) {
        let pause = null, touched = false, drafting = false;
        restore(inWords('your draft, kept on this device'));
        box.addEventListener('input', ({isTrusted}) => {
            if (!isTrusted && !drafting) { return; }
            touched = true;
            box.classList.toggle('drafted', drafting);
            claimQuietly();
            clearTimeout(pause);
            pause = setTimeout(() => {
                pause = null;
                save();
                if (box.classList.contains('drafted')) { say(inWords('a draft from what she knows: read it before you send it')); }
            }, 500);
        });
        form.addEventListener('change', ({target}) => { if (BESIDE.includes(target.name)) { save(); } });
        addEventListener('pagehide', () => { if (pause) { save(); } });
        // One person, two tabs, one draft: the tab that is not in hand follows.
        addEventListener('storage', (event) => {
            if (event.key !== key || pause || touched && document.hasFocus()) { return; }
            const draft = read();
            if (draft) { box.value = draft.start; restore(inWords('your draft, from another tab')); }
        });
        form.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                const send = document.getElementById('send');
                if (send && !send.disabled) { form.requestSubmit(send); }
            }
        });
        form.addEventListener('submit', (event) => {
            save();
            if (event.defaultPrevented) { return; }
            document.dispatchEvent(new CustomEvent('kept:submit', {detail: event}));
            if (event.defaultPrevented) { return; }
            setTimeout(() => form.querySelectorAll('button[type=submit]').forEach((button) => { button.disabled = true; }));
        });
        addEventListener('pageshow', (event) => {
            if (event.persisted) { form.querySelectorAll('button[type=submit]').forEach((button) => { button.disabled = false; }); }
        });
        document.addEventListener('click', (event) => {
            const draft = event.target.closest('[data-draft]');
            if (!draft) { return; }
            drafting = true;
            box.focus();
            box.select();
            // so that the browser's own undo brings back what stood there
            if (!document.execCommand('insertText', false, draft.dataset.draft)) {
                box.value = draft.dataset.draft;
                box.dispatchEvent(new Event('input'));
            }
            drafting = false;
        });
        // Closed by somebody else meanwhile: the words stay, sending would no longer reach anybody.
        document.addEventListener('live:swapped', ({detail}) => {
            const isClosed = !detail.getElementById('send');
            document.getElementById('send').disabled = isClosed;
            form.classList.toggle('closed', isClosed);
        });
    } else if (read()?.answer) {
        const kept = document.getElementById('kept');
        if (kept?.dataset.given.trim() === read().answer.trim()) {
            forget();
        } else if (kept) {
            kept.hidden = false; kept.querySelector('blockquote').textContent = read().answer;
        }
    }
}
