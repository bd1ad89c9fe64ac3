{% load static %}// Hears a notice while no page of the desk is open, shows it, and leads to its page; it keeps and answers nothing else.
'use strict';
{
    const HOME = '{% url "admin:index" %}', ICON = '{% static "supervision/icon-192.png" %}';
    const ALWAYS = ['holding', 'test'];
    // Safari takes the permission away from who hears of something and shows nothing.
    const mustShow = /AppleWebKit/.test(navigator.userAgent) && !/Chrom/.test(navigator.userAgent);

    function read(event) {
        try { return event.data.json(); } catch { return {title: 'Desk', body: '', url: HOME, tag: 'desk', kind: ''}; }
    }

    const pages = () => self.clients.matchAll({type: 'window', includeUncontrolled: true});

    async function show(notice) {
        const isSeen = (await pages()).some((page) => page.focused);
        if (isSeen && !mustShow && !ALWAYS.includes(notice.kind)) { return; }
        await self.registration.showNotification(notice.title, {
            body: notice.body, tag: notice.tag, renotify: true, icon: ICON, data: {url: notice.url},
            requireInteraction: notice.kind === 'holding',
        });
    }

    // An open page keeps what is typed in it: unless it shows this very address, another is opened.
    async function open(url) {
        const target = new URL(url || HOME, self.location.origin);
        if (target.origin !== self.location.origin) { return; }
        const shown = (await pages()).find((page) => page.url === target.href);
        await (shown ? shown.focus() : self.clients.openWindow(target.href));
    }

    // A browser that changes its address tells the desk, with the token of a page of the desk.
    async function renew() {
        const page = await fetch('{% url "admin:supervision_notices" %}', {credentials: 'same-origin'});
        const text = await page.text();
        const token = text.match(/name="csrfmiddlewaretoken" value="([^"]+)"/), key = text.match(/data-key="([^"]+)"/);
        if (!page.ok || page.redirected || !token || !key) { return; }
        const mine = await self.registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key[1]});
        await fetch('{% url "admin:supervision_notices_keep" %}', {
            method: 'POST', credentials: 'same-origin', body: JSON.stringify(mine),
            headers: {'Content-Type': 'application/json', 'X-CSRFToken': token[1]},
        });
    }

    self.addEventListener('install', () => self.skipWaiting());
    self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
    self.addEventListener('push', (event) => event.waitUntil(show(read(event))));
    self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew()));
    self.addEventListener('notificationclick', (event) => {
        event.notification.close();
        event.waitUntil(open(event.notification.data?.url));
    });
}
