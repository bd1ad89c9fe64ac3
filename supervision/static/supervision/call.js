// The caller's side of a call from the browser: the microphone first, then the line.
'use strict';
{
    const {microphone, post, join, publish, sentence, sentenceOf} = window.line;
    const $ = (id) => document.getElementById(id);
    const form = $('call-form'), begin = $('call-begin'), bar = $('line'), state = $('line-state'), error = $('line-error');
    const mute = $('line-mute'), hangUp = $('line-hang-up'), sound = $('line-sound'), script = $('line-script'), growing = $('line-growing');
    const OF_THE_CALL = ['holding', 'taken_over', 'transferring'], OF_HERS = ['listening', 'thinking', 'speaking'];
    let room = null, track = null, way = null, startedAt = 0, ticking = null, agent = 'ringing', ofCall = '', waiting = false, broken = false;

    const clock = () => { const s = Math.floor((Date.now() - startedAt) / 1000); return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`; };
    // What she does changes with every turn, and is heard anyway: a screen reader need not say it over her.
    function say(name) {
        state.setAttribute('aria-live', OF_HERS.includes(name) ? 'off' : 'polite');
        if (state.textContent !== sentence(name)) { state.textContent = sentence(name); }
    }
    function show() {
        if (broken) { say('reconnecting'); return; }
        say(track?.isMuted ? 'muted' : OF_THE_CALL.includes(ofCall) ? ofCall : agent);
    }

    function fail(problem) {
        error.textContent = sentenceOf(problem);
        error.hidden = false;
        bar.hidden = true;
        begin.disabled = waiting = false;
        begin.focus();
    }

    const tells = {
        connected() {},
        agent(name) { agent = OF_HERS.includes(name) ? name : 'ringing'; show(); },
        voice() {},
        words(words) { (script ? line : grow)(words); },
        reconnecting() { broken = true; show(); },
        reconnected() { broken = false; say('reconnected'); setTimeout(() => room && show(), 2000); },
        quiet() { sound.hidden = false; },
        loud() { sound.hidden = true; },
        over(how) { over(how); },
    };

    // Where nobody is signed in, what is said comes over the line itself.
    function line(words) {
        let row = script.querySelector(`[data-key="${CSS.escape(words.key)}"]`);
        if (!row) {
            row = document.createElement('li');
            row.className = `turn${words.mine ? '' : ' she'}`;
            row.dataset.key = words.key;
            const speaker = Object.assign(document.createElement('p'), {className: 'speaker', textContent: words.mine ? 'You' : 'Receptionist'});
            row.append(speaker, Object.assign(document.createElement('p'), {className: 'words', dir: 'auto'}));
            script.append(row);
        }
        row.lastElementChild.textContent = words.text;
        row.scrollIntoView({block: 'nearest'});
    }

    // Words that are not a row yet.
    function grow(words) {
        growing.textContent = words.text ? `${words.mine ? 'You' : 'Receptionist'}: ${words.text}` : '';
        growing.hidden = !words.text;
    }

    async function call() {
        if (waiting || room) { return; }
        waiting = begin.disabled = true;
        error.hidden = true;
        bar.hidden = false;
        agent = 'ringing';
        ofCall = '';
        try {
            say('asking');
            track = await microphone();
            say('connecting');
            way = await post(form.dataset.ring, form);
            // The page of the call from here on: what is fetched again is fetched from there.
            if (way.page) { history.replaceState(null, '', way.page); document.dispatchEvent(new CustomEvent('live:follow', {detail: way.socket})); }
            $('call-during').hidden = false;
            room = await join(way, (name, detail) => tells[name](detail));
            await publish(room, track);
            connected();
        } catch (problem) {
            track?.stop();
            leave();
            fail(problem);
        }
    }

    function connected() {
        waiting = false;
        startedAt = Date.now();
        form.hidden = true;
        mute.hidden = hangUp.hidden = false;
        mute.setAttribute('aria-pressed', 'false');
        ticking = setInterval(() => { $('line-clock').textContent = clock(); }, 1000);
        show();
        mute.focus();
    }

    function over(how) {
        clearInterval(ticking);
        track?.stop();
        room = null;
        mute.hidden = hangUp.hidden = sound.hidden = true;
        if (growing) { growing.hidden = true; }
        say(how);
        $('line-clock').textContent = `It took ${clock()}.`;
        if (how === 'lost') { leave(); }
        $('call-after').hidden = false;
        $('call-after').querySelector('a, button')?.focus();
    }

    // No row of a call may stay open because a page has gone.
    function leave() {
        if (way?.leave) { navigator.sendBeacon(way.leave, new FormData(form)); }
    }

    begin.addEventListener('click', call);
    begin.disabled = false;  // not before: a press that does nothing is no answer
    hangUp.addEventListener('click', () => room?.disconnect());
    sound.addEventListener('click', () => room?.startAudio());
    mute.addEventListener('click', async () => {
        await (track.isMuted ? track.unmute() : track.mute());
        mute.setAttribute('aria-pressed', String(track.isMuted));
        show();
    });
    addEventListener('pagehide', () => { if (room || waiting) { leave(); } });
    document.addEventListener('live:message', ({detail}) => {
        if (detail.kind === 'state' && detail.state) { ofCall = detail.state; if (room) { show(); } }
        if (detail.type === 'words' && detail.finished && growing) { growing.hidden = true; }
    });
}
