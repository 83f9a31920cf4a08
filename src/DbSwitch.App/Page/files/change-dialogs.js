// The small dialogs: hold, pause, a token.

import { api } from './api.js';
import { button, Dialog, field, secondsInput, textInput } from './dialog.js';
import { element } from './dom.js';
import { text } from './strings.js';

function ask({ title, words, fields, doIt, label }) {
    const dialog = new Dialog({
        title,
        body: [words && element('p', {}, words), ...fields],
        buttons: [button(text.cancel, () => dialog.close()), button(label, null, { type: 'submit', class: 'primary' })],
        submit: async () => {
            await doIt();
            dialog.close();
        },
    });
    return dialog.open();
}

/** @param said what is done with the answer's sentence. */
export function askHold(name, said) {
    const seconds = secondsInput({ min: 1, value: 30, required: true });
    const reason = textInput();
    ask({
        title: text.holdTitle,
        words: text.holdWords,
        fields: [field(text.holdFor, seconds, null, text.drainUnit), field(text.reason, reason, text.reasonHint)],
        label: text.doHold,
        doIt: async () => said((await api.hold(name, { for: seconds.valueAsNumber, reason: reason.value })).message),
    });
}

export function askPause(name, said) {
    const reason = textInput();
    ask({
        title: text.pauseTitle,
        words: text.pauseWords,
        fields: [field(text.reason, reason, text.reasonHint)],
        label: text.doPause,
        doIt: async () => said((await api.pause(name, { reason: reason.value })).message),
    });
}

/** @param why why it is asked for, where somebody refused. */
export function askToken(use, why) {
    const secret = element('input', { type: 'password', required: true, autocomplete: 'off', spellcheck: 'false' });
    return ask({
        title: text.tokenTitle,
        words: why ?? text.tokenWords,
        fields: [field(text.token, secret)],
        label: text.doToken,
        doIt: async () => use(secret.value.trim()),
    });
}
