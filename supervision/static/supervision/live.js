// Follows what is committed: a nudge over the socket, then the page fetches itself and swaps what changed.
'use strict';
{
    const place = document.getElementById('live');
    const PACE = 150, SLOW_PACE = 1000, REST = 5000, SILENCE = 25000, STALE = 60000;
    let after = Number(place?.dataset.after), wanted = after, fetching = false, lastFetch = 0, timer = null, failures = 0;
    let socket = null, tries = 0, heardAt = 0, offlineSince = null, refused = false;

    const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, {detail}));
    const clock = (moment) => new Intl.DateTimeFormat('en-GB', {
        hour: '2-digit', minute: '2-digit', timeZone: place.dataset.zone,
    }).format(moment);

    // --- what is shown of the connection ---------------------------------------------------------------------------
    function show(state, words) {
        const shown = document.getElementById('connection');
        shown.hidden = false;
        shown.className = `connection ${state}`;
        if (shown.lastElementChild.textContent !== words) { shown.lastElementChild.textContent = words; }
        document.documentElement.classList.toggle('offline', state === 'late');
    }

    function notice(kind, strong, words, action) {
        const box = document.getElementById('notice') || document.querySelector('#content').insertAdjacentElement(
            'afterbegin', Object.assign(document.createElement('div'), {id: 'notice'}));
        if (box.dataset.kind === kind) { return; }
        box.dataset.kind = kind;
        box.replaceChildren();
        if (!kind) { return; }
        const callout = Object.assign(document.createElement('div'), {className: 'callout bar late'});
        callout.setAttribute('role', 'alert');
        const line = document.createElement('p');
        line.append(Object.assign(document.createElement('strong'), {textContent: strong}), ` ${words}`);
        callout.append(line, action);
        box.append(callout);
    }

    function signedOut() {
        refused = true;
        show('late', inWords('Signed out'));
        const link = Object.assign(document.createElement('a'), {className: 'button', textContent: inWords('Sign in')});
        link.href = `${place.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
        notice('signed-out', inWords('You were signed out.'), inWords('What you typed is kept on this device. Sign in again to send it.'), link);
    }

    function switchedOff() {
        refused = true;
        show('late', inWords('No access'));
        const link = Object.assign(document.createElement('a'), {className: 'button', href: place.dataset.login, textContent: 'Sign in as somebody else'});
        notice('switched-off', 'Your account was switched off.', 'An owner did that: ask whether it was meant. What you typed is kept on this device.', link);
    }

    function rightsTaken() {
        refused = true;
        show('late', inWords('No access'));
        const link = Object.assign(document.createElement('a'), {className: 'button', href: '/', textContent: inWords('To the desk')});
        notice('no-access', inWords('You may no longer see this page.'), inWords('An owner changed your rights.'), link);
    }

    function offline() {
        if (refused || !offlineSince || Date.now() - offlineSince < 4000) { return; }
        show('late', inWords('Offline since {}', clock(offlineSince)));
        const again = Object.assign(document.createElement('button'), {type: 'button', className: 'button', textContent: inWords('Try again now')});
        again.addEventListener('click', () => { tries = 0; connect(); });
        notice('offline', inWords('You are offline since {}.', clock(offlineSince)),
            inWords('What you see is from then. Callers are still being answered.'), again);
    }

    // --- the socket ------------------------------------------------------------------------------------------------
    function connect() {
        if (refused || socket && socket.readyState < WebSocket.CLOSING) { return; }
        const mine = socket = new WebSocket(new URL(place.dataset.socket, location.href.replace(/^http/, 'ws')));
        heardAt = Date.now();
        mine.addEventListener('message', (event) => { heardAt = Date.now(); hear(JSON.parse(event.data)); });
        mine.addEventListener('close', (event) => { if (mine === socket) { closed(event.code); } });
    }

    // A line that is dead without knowing it, as after a sleep, would take long to say goodbye.
    function abandon() {
        const old = socket;
        socket = null;
        old.close();
        closed(1006);
    }

    function closed(code) {
        socket = null;
        if (code === 4401) { signedOut(); return; }
        if (code === 4402) { switchedOff(); return; }
        if (code === 4403) { rightsTaken(); return; }
        offlineSince ??= Date.now();
        show('soon', inWords('Reconnecting…'));
        offline();
        setTimeout(connect, Math.min(3000, 250 * 2 ** tries++) * (0.5 + Math.random()));
    }

    function hear(message) {
        tell('clock', message.now);
        if (message.type === 'hello') {
            tries = 0;
            if (offlineSince && Date.now() - offlineSince > STALE) { refetch(PACE); }  // what is over by the clock is no event
            offlineSince = null;
            show('live', inWords('Live'));
            notice('');
            tell('open');
        }
        if (message.id > wanted) {
            wanted = message.id;
            if (message.type !== 'words' || message.finished) { refetch(message.kind === 'words' ? SLOW_PACE : PACE); }
        }
        tell('message', message);
    }

    document.addEventListener('live:send', ({detail}) => {
        if (socket?.readyState === WebSocket.OPEN) { socket.send(JSON.stringify(detail)); }
    });

    // --- refetch and swap ------------------------------------------------------------------------------------------
    function refetch(pace) {
        if (fetching || timer) { return; }
        timer = setTimeout(fetchPage, Math.max(0, lastFetch + pace - Date.now()));
    }

    async function fetchPage() {
        timer = null;
        fetching = true;
        lastFetch = Date.now();
        try {
            const answer = await fetch(location.href, {credentials: 'same-origin', headers: {'X-Requested-With': 'live'}});
            if (answer.redirected && new URL(answer.url).pathname === place.dataset.login) { signedOut(); return; }
            if (answer.status === 403) { rightsTaken(); return; }
            if (!answer.ok) { throw new Error(String(answer.status)); }
            swap(new DOMParser().parseFromString(await answer.text(), 'text/html'));
            failures = 0;
        } catch {
            failures += 1;
            lastFetch = Date.now() + Math.min(5000, 250 * 2 ** failures);
        } finally {
            fetching = false;
        }
        if (!refused && wanted > after) { refetch(PACE); }
    }

    function swap(page) {
        const fresh = page.getElementById('live');
        if (!fresh) { throw new Error('not a page of the desk'); }
        after = Math.max(after, Number(fresh.dataset.after));
        wanted = Math.max(wanted, after);
        tell('clock', fresh.dataset.now);
        const hand = underHand(), stood = hand?.getBoundingClientRect().top;
        if (document.title !== page.title) { document.title = page.title; }
        document.querySelectorAll('[data-live]').forEach((region) => {
            const other = page.querySelector(`[data-live="${region.dataset.live}"]`);
            if (!other) { if (region.id === 'toast') { region.remove(); } return; }
            if ('keyed' in region.dataset) { merge(region, other, keyOf); } else { replace(region, other); }
        });
        swapList(page);
        tell('swapped', page);
        const same = hand && document.querySelector(`[data-hold] > [data-key="${CSS.escape(hand.dataset.key)}"]`);
        if (same) { scrollBy({top: same.getBoundingClientRect().top - stood, behavior: 'instant'}); }
    }

    // The row that somebody points at or has marked stays where it is, whatever appears above the list.
    function underHand() {
        return document.querySelector('[data-hold] > [data-key]:hover') || document.querySelector('[data-hold] > .marked-row[data-key]');
    }

    // What differs by more than the passing of time and by what this page itself added.
    function essence(node) {
        const copy = node.cloneNode(true);
        [copy, ...copy.querySelectorAll('*')].forEach((one) => {
            if (one.matches('[data-until], [data-since], [data-count-down]')) { one.textContent = ''; }
            if (one.matches('.promise')) { one.className = 'promise'; }
            if (one.matches('progress')) { one.removeAttribute('value'); }
            one.classList.remove('marked-row', 'gone');
            if (!one.classList.length) { one.removeAttribute('class'); }
            one.removeAttribute('tabindex');
            if (one.matches('input[name=csrfmiddlewaretoken]')) { one.remove(); }
        });
        return copy.outerHTML.replace(/\s+/g, ' ');
    }

    function replace(region, other) {
        if (essence(region) === essence(other)) { return; }
        if (region.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')) { return; }
        if (region.querySelector('details.menu[open]')) { return; }
        region.replaceChildren(...document.importNode(other, true).childNodes);
        region.className = other.className;
        region.hidden = other.hidden;
    }

    const keyOf = (row) => row.dataset.key;
    const rowKey = (row) => row.querySelector('input.action-select')?.value || row.querySelector('th a, td a')?.getAttribute('href') || row.textContent;

    let pending = null, rest = null;
    function merge(region, other, key) {
        const rows = [...region.children], fresh = [...other.children];
        const old = new Map(rows.map((row) => [key(row), row]));
        const next = fresh.map((row) => {
            const known = old.get(key(row));
            if (!known) { return document.importNode(row, true); }
            return essence(known) === essence(row) ? known : renew(known, document.importNode(row, true));
        });
        if (rows.length === next.length && rows.every((row, at) => key(row) === key(next[at]))) {
            if (pending?.region === region) { settle(); }
            return;
        }
        if ('hold' in region.dataset && isBusy(region)) { holdBack(region, next, key); return; }
        if (pending?.region === region) { settle(); }
        place_(region, next);
    }

    function place_(region, next) {
        const growing = region.id === 'script';
        [...region.children].forEach((row) => { if (!next.includes(row)) { row.remove(); } });
        next.forEach((row, at) => { if (region.children[at] !== row) { region.insertBefore(row, region.children[at] || null); } });
        if (growing) { tell('grown'); }
    }

    function renew(known, row) {
        if (known.querySelector('.wrong[open]')) { return known; }
        const focused = known.contains(document.activeElement);
        if (focused && document.activeElement.matches('input, textarea, select')) { return known; }
        row.classList.toggle('marked-row', known.classList.contains('marked-row'));
        const box = known.querySelector('input.action-select'), ticked = row.querySelector('input.action-select');
        if (box && ticked) { ticked.checked = box.checked; row.classList.toggle('selected', box.checked); }
        known.replaceWith(row);
        if (focused) { row.querySelector('a')?.focus(); }
        return row;
    }

    // --- nothing moves under the hand ------------------------------------------------------------------------------
    let overSince = new WeakMap(), markedAt = 0;
    document.addEventListener('pointermove', (event) => {
        const region = event.target.closest?.('[data-hold], #result_list');
        if (region && event.pointerType !== 'touch') { overSince.set(region, Date.now()); }
    });
    document.addEventListener('live:marked', () => { markedAt = Date.now(); });

    function isBusy(region) {
        const selection = getSelection();
        return region.matches(':hover') && Date.now() - (overSince.get(region) || 0) < REST
            || Date.now() - markedAt < REST
            || region.querySelector('input.action-select:checked') !== null
            || !selection.isCollapsed && region.contains(selection.anchorNode);
    }

    function holdBack(region, next, key) {
        const shown = new Set([...region.children].map(key));
        const kept = new Set(next.map(key));
        const arrived = next.filter((row) => !shown.has(key(row))).length;
        [...region.children].forEach((row) => row.classList.toggle('gone', !kept.has(key(row))));
        pending = {region, next};
        const line = document.getElementById('arrived');
        if (line) {
            line.hidden = false;
            line.querySelector('button').textContent = arrived
                ? countedInWords(arrived, '{} new help request', '{} new help requests') : inWords('Changes');
        }
        clearInterval(rest);
        rest = setInterval(() => { if (!isBusy(region)) { apply(); } }, 500);
    }

    function settle() {
        clearInterval(rest);
        pending = null;
        const line = document.getElementById('arrived');
        if (line) { line.hidden = true; }
    }

    function apply() {
        if (!pending) { return; }
        const {region, next} = pending;
        settle();
        place_(region, next);
    }
    document.querySelector('#arrived button')?.addEventListener('click', apply);

    // --- the admin's own lists -------------------------------------------------------------------------------------
    function swapList(page) {
        const form = document.getElementById('changelist-form'), other = page.getElementById('changelist-form');
        if (!form || !other) { return; }
        const rows = form.querySelector('#result_list tbody'), fresh = other.querySelector('#result_list tbody');
        if (rows && fresh) {
            rows.dataset.hold = '';
            if (!rows.contains(document.activeElement) || !document.activeElement.matches('input:not([type=checkbox]), textarea, select')) {
                merge(rows, fresh, rowKey);
            }
        } else if (rows || fresh) {
            const lists = [form.querySelector('.results'), other.querySelector('.results')];
            if (lists[0]) { lists[0].remove(); } else if (lists[1]) { form.prepend(document.importNode(lists[1], true)); }
        }
        const paginators = [form, other].map((one) => one.querySelector('.paginator'));
        if (paginators[0] && paginators[1]) { replace(...paginators); }
    }

    // From here on this page is that of something else, which has a socket of its own.
    document.addEventListener('live:follow', ({detail}) => {
        place.dataset.socket = detail;
        const old = socket;
        socket = null;
        old?.close();
        begin();
    });

    let watched = null;
    function begin() {
        connect();
        watched ??= setInterval(() => {
            offline();
            if (socket && Date.now() - heardAt > SILENCE) { abandon(); }
        }, 1000);
    }
    if (place && place.dataset.socket) {
        begin();
        addEventListener('online', () => { tries = 0; connect(); });
        document.addEventListener('visibilitychange', () => { if (!document.hidden) { tries = 0; connect(); } });
    }
}
