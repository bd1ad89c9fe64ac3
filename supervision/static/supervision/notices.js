// Notices on this device: asked for by a click alone, known to the desk while they are on.
'use strict';
{
    const place = document.getElementById('this-device'), on = document.getElementById('notices-on');
    const off = document.getElementById('notices-off'), error = document.getElementById('device-error');
    const KEPT = 'desk-notices', ASKED = 'desk-notices-day';
    const canPush = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
    const isApple = /iPhone|iPad/.test(navigator.userAgent) || navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1;
    const isInstalled = matchMedia('(display-mode: standalone)').matches || navigator.standalone === true;

    const token = () => document.querySelector('#devices-form [name=csrfmiddlewaretoken]').value;
    const registration = () => navigator.serviceWorker.getRegistration('/');

    async function state() {
        if (!isSecureContext) { return 'insecure'; }
        if (isApple && !isInstalled && !canPush) { return 'install'; }
        if (!canPush) { return 'unable'; }
        if (Notification.permission === 'denied') { return 'blocked'; }
        if (localStorage.getItem(KEPT) !== 'on' || Notification.permission !== 'granted') { return 'off'; }
        return await (await registration())?.pushManager.getSubscription() ? 'on' : 'page';
    }

    async function show() {
        const now = await state();
        place.querySelectorAll('[data-state]').forEach((line) => { line.hidden = line.dataset.state !== now; });
        on.hidden = now !== 'off' && now !== 'page';
        off.hidden = now !== 'on' && now !== 'page';
        on.classList.toggle('default', now === 'off');
    }

    function fail(words) {
        error.textContent = words;
        error.hidden = !words;
    }

    async function tell(subscription) {
        const answer = await fetch(place.dataset.keep, {
            method: 'POST', credentials: 'same-origin', body: JSON.stringify(subscription),
            headers: {'Content-Type': 'application/json', 'X-CSRFToken': token()},
        });
        if (answer.ok && !answer.redirected) { return true; }
        fail((await answer.json().catch(() => ({}))).error || '');
        return false;
    }

    async function subscribe() {
        await navigator.serviceWorker.register('/service-worker.js', {scope: '/'});
        const {pushManager} = await navigator.serviceWorker.ready;
        const how = {userVisibleOnly: true, applicationServerKey: place.dataset.key};
        let mine;
        try {
            mine = await pushManager.subscribe(how);
        } catch (problem) {
            if (problem.name !== 'InvalidStateError') { throw problem; }
            await (await pushManager.getSubscription())?.unsubscribe();  // the salon's key is another one by now
            mine = await pushManager.subscribe(how);
        }
        if (!await tell(mine)) { await mine.unsubscribe(); }
    }

    on.addEventListener('click', async () => {
        fail('');
        on.disabled = true;
        if (await Notification.requestPermission() === 'granted') {
            localStorage.setItem(KEPT, 'on');
            localStorage.setItem(ASKED, new Date().toDateString());
            try { await subscribe(); } catch { /* the state says that nothing comes once the desk is closed */ }
        }
        on.disabled = false;
        await show();
    });

    off.addEventListener('click', async () => {
        localStorage.setItem(KEPT, 'off');
        const mine = await (await registration())?.pushManager.getSubscription();
        if (!mine) { show(); return; }
        const body = new FormData(document.getElementById('devices-form'));
        body.set('off', 'this');
        body.set('endpoint', mine.endpoint);
        await mine.unsubscribe();
        await fetch(document.getElementById('devices-form').action, {method: 'POST', credentials: 'same-origin', body});
        location.reload();
    });

    show();
}
