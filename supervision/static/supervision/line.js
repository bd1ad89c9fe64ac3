// One connection to a call's room, for callers and supervisors. What the library says of errors is never shown: it holds the token.
'use strict';
{
    const LK = window.LivekitClient;
    LK?.setLogLevel('silent');
    const BLOCKED_AFTER = 10_000, AGENT_STATE = 'lk.agent.state';
    const FAILURES = {PermissionDenied: 'refused', NotFound: 'missing', DeviceInUse: 'busy'};
    const written = new Map([...document.querySelectorAll('.line-words dt')].map((one) => [one.textContent, one.nextElementSibling.textContent]));

    class Failure extends Error {}  // its message is the name of a sentence, or one that our own server wrote

    async function microphone() {
        if (!isSecureContext) { throw new Failure('insecure'); }
        if (!LK || !navigator.mediaDevices || !window.RTCPeerConnection) { throw new Failure('unsupported'); }
        try {
            return await LK.createLocalAudioTrack({echoCancellation: true, noiseSuppression: true, autoGainControl: true});
        } catch (error) {
            throw new Failure(FAILURES[LK.MediaDeviceFailure.getFailure(error)] || 'microphone');
        }
    }

    // A form's fields sent with its CSRF token; the answer's JSON, or null where there is none.
    async function post(address, form) {
        let answer;
        try {
            answer = await fetch(address, {method: 'POST', credentials: 'same-origin', redirect: 'error', body: new FormData(form), headers: {'X-Requested-With': 'line'}});
        } catch {
            throw new Failure('offline');
        }
        if (answer.status === 204) { return null; }
        const content = await answer.json().catch(() => ({}));
        if (!answer.ok) { throw new Failure(content.error || 'offline'); }
        return content;
    }

    // A full room is a refused handshake: the server answers otherwise, or the reason would be that it is unreachable.
    function whyNot(error, since) {
        const reasons = LK.ConnectionErrorReason;
        if (error?.reason === reasons.NotAllowed) { return 'expired'; }
        if (error?.reason === reasons.ServerUnreachable) { return 'unreachable'; }
        if (Date.now() - since > BLOCKED_AFTER) { return 'blocked'; }
        return error?.reason === reasons.WebSocket ? 'full' : 'unreachable';
    }

    // `tell(name, detail)`: connected, agent (its state), words, reconnecting, reconnected, quiet, loud, over (ended, removed, over or lost).
    async function join(way, tell) {
        const room = new LK.Room({adaptiveStream: false, dynacast: false, disconnectOnPageLeave: true});
        const events = LK.RoomEvent, audio = document.getElementById('line-audio');
        const agentState = (one) => { if (one.isAgent && one.attributes[AGENT_STATE]) { tell('agent', one.attributes[AGENT_STATE]); } };
        const sound = () => tell(room.canPlaybackAudio ? 'loud' : 'quiet');
        room.on(events.SignalReconnecting, () => tell('reconnecting')).on(events.Reconnecting, () => tell('reconnecting'));
        room.on(events.Reconnected, () => tell('reconnected'));
        room.on(events.TrackSubscribed, (track, publication, from) => { if (track.kind === LK.Track.Kind.Audio) { audio.append(track.attach()); tell('voice', from.isAgent); } });
        room.on(events.TrackUnsubscribed, (track) => track.detach().forEach((node) => node.remove()));
        room.on(events.ParticipantAttributesChanged, (changed, one) => agentState(one)).on(events.ParticipantConnected, agentState);
        room.on(events.AudioPlaybackStatusChanged, sound);
        let joined = false;
        room.on(events.Disconnected, (reason) => {
            audio.replaceChildren();
            if (joined) { tell('over', {[LK.DisconnectReason.CLIENT_INITIATED]: 'over', [LK.DisconnectReason.ROOM_DELETED]: 'ended', [LK.DisconnectReason.PARTICIPANT_REMOVED]: 'removed'}[reason] || 'lost'); }
        });
        room.registerTextStreamHandler('lk.transcription', async (reader, from) => {
            const {'lk.segment_id': segment, 'lk.transcription_final': final} = reader.info.attributes || {};
            const words = {key: segment || reader.info.id, mine: from.identity === room.localParticipant.identity, text: ''};
            try {
                for await (const part of reader) { words.text += part; tell('words', {...words, final: false}); }
                tell('words', {...words, final: final !== 'false'});
            } catch { /* the stream was cut with the line */ }
        });
        const since = Date.now();
        try {
            await room.connect(way.url, way.token, {autoSubscribe: true, maxRetries: 1});
        } catch (error) {
            room.disconnect();
            throw new Failure(whyNot(error, since));
        }
        joined = true;
        tell('connected');
        room.remoteParticipants.forEach(agentState);
        if (!room.canPlaybackAudio) { sound(); }
        return room;
    }

    const publish = (room, track) => room.localParticipant.publishTrack(track, {source: LK.Track.Source.Microphone});
    const sentence = (name) => written.get(name) || name;
    const sentenceOf = (error) => sentence(error instanceof Failure ? error.message : 'unreachable');

    window.line = {microphone, post, join, publish, sentence, sentenceOf};
}
