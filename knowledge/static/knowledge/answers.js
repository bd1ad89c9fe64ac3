// Finds learned answers while one types: at the page's own address, which for this is only its list.
'use strict';
{
    const form = document.getElementById('find-form'), box = document.getElementById('find'), found = document.getElementById('found');
    const PAUSE = 150;
    let timer = null, asked = null;

    function address() {
        const url = new URL(form.action, location.href);
        url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
        return url;
    }

    async function find() {
        asked?.abort();
        const mine = asked = new AbortController();
        const url = address();
        found.setAttribute('aria-busy', 'true');
        try {
            const answer = await fetch(url, {credentials: 'same-origin', signal: mine.signal, headers: {'X-Requested-With': 'find'}});
            if (!answer.ok || answer.redirected) { form.submit(); return; }
            const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').body;
            if (mine.signal.aborted) { return; }
            found.replaceChildren(...document.importNode(fresh, true).childNodes);
            if (form.dataset.here !== undefined) { history.replaceState(null, '', url); }
        } catch (error) {
            if (error.name !== 'AbortError') { found.querySelector('[role=status]').textContent = found.dataset.failed; }
        } finally {
            if (mine === asked) { found.removeAttribute('aria-busy'); }
        }
    }

    box.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(find, PAUSE); });
    form.addEventListener('submit', (event) => { event.preventDefault(); clearTimeout(timer); find(); });
}
