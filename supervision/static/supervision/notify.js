// Notices of an open desk that nobody looks at, where the browser's push service cannot bring them; and once a day the
// desk is told that this device is still there.
'use strict';
{
    const words = document.getElementById('notices'), token = document.querySelector('#logout-form [name=csrfmiddlewaretoken]');
    const KEPT = 'desk-notices', DAY = 'desk-notices-day', TOLD = 'desk-notified', PAUSE = 250;
    const WAITING = ['call_holding', 'person_wanted', 'emergency', 'promise_ringing'], NEW = ['asked', 'promise_reminded'];

    const isOn = () => localStorage.getItem(KEPT) === 'on' && 'Notification' in window && Notification.permission === 'granted';
    const worker = async () => navigator.serviceWorker?.getRegistration('/');
    const subscription = async () => (await worker())?.pushManager?.getSubscription();

    async function show(title, tag) {
        const how = {tag, renotify: true, data: {url: words.dataset.home}}, here = await worker();
        if (here) { here.showNotification(title, how); return; }
        const shown = new Notification(title, how);
        shown.addEventListener('click', () => { focus(); shown.close(); });
    }

    // Of several tabs one tells: the one in front, which keeps silent about what is new, else whichever is first.
    function takes(id, title, tag, always) {
        const isSeen = document.hasFocus();
        setTimeout(async () => {
            if (Number(localStorage.getItem(TOLD)) >= id) { return; }
            localStorage.setItem(TOLD, id);
            if ((always || !isSeen) && !await subscription()) { show(title, tag); }
        }, isSeen ? 0 : PAUSE);
    }

    async function renew() {
        const today = new Date().toDateString(), mine = localStorage.getItem(DAY) === today ? null : await subscription();
        if (!mine) { return; }
        const answer = await fetch(words.dataset.keep, {
            method: 'POST', credentials: 'same-origin', body: JSON.stringify(mine),
            headers: {'Content-Type': 'application/json', 'X-CSRFToken': token.value},
        });
        if (answer.ok && !answer.redirected) { localStorage.setItem(DAY, today); }
    }

    if (words && token) {
        document.addEventListener('live:message', ({detail}) => {
            if (detail.practice || detail.type !== 'nudge' || !isOn()) { return; }
            if (WAITING.includes(detail.kind)) { takes(detail.id, words.dataset.holding, 'holding', true); }
            if (NEW.includes(detail.kind)) { takes(detail.id, words.dataset.asked, 'asked', false); }
        });
        if (isOn()) { renew().catch(() => {}); }
    }
}
