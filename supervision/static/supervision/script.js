// A conversation that grows: words come over the socket as they are produced, keyed by utterance.
'use strict';
{
    const script = document.getElementById('script'), jump = document.getElementById('jump');
    const SPEAKERS = {receptionist: inWords('Receptionist'), supervisor: inWords('Supervisor'), caller: script.dataset.caller};
    const zone = document.getElementById('live').dataset.zone;
    let unread = 0, endWasInView = true;

    const endInView = () => !script.lastElementChild || script.lastElementChild.getBoundingClientRect().bottom < innerHeight + 40;
    addEventListener('scroll', () => { endWasInView = endInView(); if (endWasInView) { unread = 0; jump.hidden = true; } }, {passive: true});

    function line(words) {
        const row = document.createElement('li');
        row.className = `turn${words.speaker === 'receptionist' ? ' she' : ''}`;
        row.dataset.key = words.utterance;
        const time = document.createElement('time');
        time.textContent = new Intl.DateTimeFormat('en-GB', {timeStyle: 'medium', timeZone: zone}).format(new Date(words.now));
        const speaker = Object.assign(document.createElement('p'), {className: 'speaker', textContent: SPEAKERS[words.speaker]});
        const said = Object.assign(document.createElement('p'), {className: 'words', dir: 'auto'});
        row.append(time, speaker, said);
        script.append(row);
        return row;
    }

    function follow(isNew) {
        if (endWasInView) { script.lastElementChild?.scrollIntoView({block: 'nearest'}); document.getElementById('say')?.scrollIntoView({block: 'nearest'}); return; }
        if (!isNew) { return; }
        unread += 1;
        jump.hidden = false;
        jump.firstElementChild.textContent = countedInWords(unread, '{} new line', '{} new lines');
    }
    jump.firstElementChild.addEventListener('click', () => { endWasInView = true; jump.hidden = true; unread = 0; follow(false); });

    function show(words) {
        const known = script.querySelector(`[data-key="${Number(words.utterance)}"]`);
        const row = known || line(words);
        const said = row.querySelector('.words');
        said.textContent = words.text;
        if (!words.finished && words.speaker === 'receptionist') {
            const caret = Object.assign(document.createElement('span'), {className: 'caret'});
            caret.setAttribute('aria-hidden', 'true');
            said.append(caret);
        }
        follow(!known);
        if (words.finished && words.speaker === 'receptionist') { acknowledge(row.dataset.key); }
    }

    // She has told the caller something only when the caller's page has shown it.
    const acknowledged = new Set();
    function acknowledge(key) {
        if (!('acknowledges' in script.dataset) || acknowledged.has(key)) { return; }
        acknowledged.add(key);
        document.dispatchEvent(new CustomEvent('live:send', {detail: {shown: Number(key)}}));
    }
    function acknowledgeAll() {
        script.querySelectorAll('[data-unheard]').forEach((row) => acknowledge(row.dataset.key));
    }

    document.addEventListener('live:message', ({detail}) => { if (detail.type === 'words') { show(detail); } });
    document.addEventListener('live:open', () => { acknowledged.clear(); acknowledgeAll(); });
    document.addEventListener('live:swapped', () => { acknowledgeAll(); });
    document.addEventListener('live:grown', () => follow(true));
}
