// A soft tone for what is new, two for a caller who waits on the line; off until it is switched on, on this device.
'use strict';
{
    const switched = document.getElementById('sound'), KEPT = 'desk-sound', AGAIN = 4000;
    const WAITING = ['call_holding', 'person_wanted', 'emergency', 'promise_ringing'], NEW = ['asked', 'promise_reminded'];
    const RANG = 'desk-rang', PAUSE = 250;
    let context = null;

    const isOn = () => localStorage.getItem(KEPT) === 'on';
    const show = () => switched.setAttribute('aria-checked', String(isOn()));

    function tone(at, hertz) {
        const voice = context.createOscillator(), level = context.createGain(), from = context.currentTime + at;
        voice.frequency.value = hertz;
        level.gain.setValueAtTime(0, from);
        level.gain.linearRampToValueAtTime(0.12, from + 0.03);
        level.gain.exponentialRampToValueAtTime(0.001, from + 0.5);
        voice.connect(level).connect(context.destination);
        voice.start(from);
        voice.stop(from + 0.5);
    }

    // Browsers let a page sound once it has been touched; until then it stays silent.
    async function play(tones) {
        if (!isOn()) { return; }
        context ??= new AudioContext();
        if (context.state === 'suspended') { await context.resume(); }
        if (context.state === 'running') { tones.forEach(([at, hertz]) => tone(at, hertz)); }
    }

    // Of several tabs one sounds: the one in front, which stays silent for what is new, else whichever is first.
    function takes(id, sound) {
        setTimeout(() => {
            if (Number(localStorage.getItem(RANG)) >= id) { return; }
            localStorage.setItem(RANG, id);
            sound?.();
        }, document.hasFocus() ? 0 : PAUSE);
    }
    const once = () => play([[0, 660]]), twice = () => play([[0, 660], [0.35, 880]]);

    if (switched) {
        switched.hidden = false;
        switched.addEventListener('click', () => { localStorage.setItem(KEPT, isOn() ? 'off' : 'on'); show(); once(); });
        document.addEventListener('live:message', ({detail}) => {
            if (detail.practice || detail.type !== 'nudge') { return; }
            if (WAITING.includes(detail.kind)) { takes(detail.id, twice); }
            if (NEW.includes(detail.kind)) { takes(detail.id, document.hasFocus() ? null : once); }
        });
        setInterval(() => { if (document.querySelector('[data-rings]')) { twice(); } }, AGAIN);
        show();
    }
}
