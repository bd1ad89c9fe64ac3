// The caller's side of a practice call: what was typed is sent until the server has said that it is stored.
'use strict';
{
    const form = document.getElementById('say-form'), box = document.getElementById('say');
    const error = document.getElementById('say-error'), down = document.getElementById('agent-down');
    const storage = `saying:${form.dataset.call}`;
    let waiting = JSON.parse(sessionStorage.getItem(storage) || '[]');

    const keep = () => sessionStorage.setItem(storage, JSON.stringify(waiting));
    const send = (turn) => document.dispatchEvent(new CustomEvent('live:send', {detail: turn}));
    // Not randomUUID: browsers offer that only on https and on this machine.
    const uuid = () => {
        const bytes = crypto.getRandomValues(new Uint8Array(16));
        bytes[6] = bytes[6] & 15 | 64;
        bytes[8] = bytes[8] & 63 | 128;
        return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? '-' : '') + byte.toString(16).padStart(2, '0')).join('');
    };

    form.addEventListener('submit', (event) => {
        event.preventDefault();
        const say = box.value;
        if (!say.trim()) { error.textContent = inWords('Say something first.'); return; }
        error.textContent = '';
        box.value = '';
        const turn = {say, id: uuid()};
        waiting.push(turn);
        keep();
        send(turn);
    });

    function settled(id) {
        waiting = waiting.filter((turn) => turn.id !== id);
        keep();
    }

    document.addEventListener('live:open', () => waiting.forEach(send));
    document.addEventListener('live:message', ({detail}) => {
        if (detail.type === 'said') { settled(detail.id); }
        if (detail.type === 'agent') { down.hidden = detail.alive; }
        if (detail.type === 'refused') {
            const turn = waiting.find((one) => one.id === detail.id);
            settled(detail.id);
            error.textContent = detail.error;
            if (turn && !box.value) { box.value = turn.say; }
        }
    });
}
