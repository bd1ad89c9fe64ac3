// A supervisor at a call that is spoken: listens unseen, takes over with the microphone, hands back.
'use strict';
{
    const {microphone, post, join, publish, sentence, sentenceOf} = window.line;
    const $ = (id) => document.getElementById(id);
    const form = $('control'), state = $('line-state'), note = $('line-note'), error = $('line-error'), sound = $('line-sound');
    const listen = $('listen'), takeOver = $('take-over'), handBack = $('hand-back');
    let room = null, track = null, working = false, confirmed = false, broken = false;

    const now = () => $('call-now').dataset;
    const isOpen = () => !['ended', 'missed', 'lost'].includes(now().state);
    const write = (node, words) => { if (node.textContent !== words) { node.textContent = words; } };

    function show() {
        const mine = now().mine === 'yes', speaks = mine && track !== null;
        $('line').hidden = !isOpen();
        if (!isOpen()) { error.hidden = true; }
        const name = speaks ? 'you-speak' : mine ? 'you-are-away' : room ? 'you-listen' : '';
        write(state, broken ? sentence('reconnecting') : name ? sentence(name) : `${now().doing}.`);
        write(note, broken ? '' : name ? sentence(`${name}-note`) : whyNoEar());
        if (listen) {
            listen.setAttribute('aria-pressed', String(room !== null && !speaks));
            write(listen, room && !speaks ? inWords('Stop listening') : inWords('Listen in'));
            listen.hidden = mine;
            listen.disabled = working || !room && !now().greeted;
        }
        if (takeOver) {
            takeOver.hidden = speaks;
            takeOver.disabled = working || !['answered', 'holding'].includes(now().state) && !mine;
            handBack.hidden = !mine;
            handBack.classList.toggle('default', speaks);
            handBack.disabled = working;
        }
    }

    function whyNoEar() {
        if ('switchedOff' in form.dataset) { return sentence('switched-off'); }
        return !listen || now().greeted ? '' : sentence(now().off ? 'off-the-record' : 'not-greeted');
    }

    const tells = {
        reconnecting() { broken = true; },
        reconnected() { broken = false; },
        quiet() { sound.hidden = false; },
        loud() { sound.hidden = true; },
        over(how) {
            silence();
            room = null;
            broken = false;
            if (['lost', 'removed'].includes(how) && isOpen() && !working) { fail(sentence(how)); }
        },
    };
    const tell = (name, detail) => { tells[name]?.(detail); show(); };

    function fail(words) { error.textContent = words; error.hidden = false; }
    function silence() { track?.stop(); track = null; }

    // One press at a time; what goes wrong is a sentence, and the page as it was.
    async function attempt(what) {
        if (working) { return; }
        const pressed = document.activeElement;
        working = true;
        error.hidden = true;
        show();
        try {
            await what();
        } catch (problem) {
            if (now().mine !== 'yes') { silence(); }
            fail(sentenceOf(problem));
        } finally {
            working = false;
            show();
            if (document.activeElement === document.body) { (pressed !== takeOver && pressed !== handBack ? pressed : takeOver.hidden ? handBack : takeOver).focus(); }
        }
    }

    const leave = async () => { const left = room; room = null; silence(); await left?.disconnect(); };

    listen?.addEventListener('click', () => attempt(async () => {
        if (room) { await leave(); return; }
        room = await join(await post(listen.dataset.address, form), tell);
    }));

    takeOver?.addEventListener('click', () => attempt(async () => {
        const mine = await microphone();
        const fields = form.elements.listening || form.appendChild(Object.assign(document.createElement('input'), {type: 'hidden', name: 'listening'}));
        fields.value = room ? 'yes' : '';
        try {
            const way = await post(takeOver.dataset.address, form);
            if (way.token) { room = await join(way, tell); }
            await publish(room, mine);
            track = mine;
        } catch (problem) {
            mine.stop();
            await post(handBack.dataset.address, form).catch(() => {});
            throw problem;
        }
        now().mine = 'yes';
    }));

    handBack?.addEventListener('click', () => attempt(async () => {
        await post(handBack.dataset.address, form);
        Object.assign(now(), {mine: '', state: 'answered'});
        await leave();
    }));

    sound.addEventListener('click', () => room?.startAudio());
    document.addEventListener('live:swapped', () => {
        if (now().mine === 'yes') { confirmed = true; }
        else if (track && confirmed && !working) { confirmed = false; leave(); fail(sentence('removed')); }  // handed back elsewhere: nobody speaks unknown
        show();
    });
    show();
    if (location.hash === '#take-over') { takeOver?.focus(); }  // pressed only by a person: an address must not open a microphone
}
