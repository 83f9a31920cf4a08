// What is to be known now, the most urgent first: each a sentence, and what ends it.

import { moment, secondsUntil } from './clock.js';
import { element, icon, Rows, setAttribute, setIcon, setText, show } from './dom.js';
import { text } from './strings.js';

const ICON = { lost: 'link', running: 'arrow', hold: 'hold', pause: 'hands', error: 'alert', warning: 'alert', working: 'move', well: 'check' };

/** What a switchover waits for; null for nothing that is counted. */
export function drainOf(running) {
    return running?.sessionsLeft ? text.draining(running.sessionsLeft, running.drainsUntil ? secondsUntil(running.drainsUntil) : null) : null;
}

// A name stays as it is written.
const capital = (words) => (words.startsWith('clients ') ? `C${words.slice(1)}` : words);

function noticesOf(state, can) {
    const { current, link, linkSince, denied } = state;
    if (link === 'denied') {
        return [{ kind: 'lost', key: 'denied', words: text.denied(denied), more: '' }];
    }
    const lost = link === 'down' ? [{ kind: 'lost', key: 'lost', words: linkSince ? text.managerGone(moment(linkSince)) : text.notYetThere, more: '' }] : [];
    if (!current) {
        return lost.length ? lost : [{ kind: 'working', key: 'wait', words: text.noSwitches, more: '' }];
    }
    const { running, hold, pause, findings } = current;
    const all = [
        ...lost,
        ...(running ? [{ kind: 'running', key: 'running', words: text.running(running.id, running.to), more: [drainOf(running), text.byAndWhy(running.by, running.reason)].filter(Boolean).join(' · '), phase: running.phase, button: text.takeBack, act: () => can.abort(running.id) }] : []),
        ...(hold ? [{ kind: 'hold', key: 'hold', words: text.holdLeft(secondsUntil(hold.until)), more: text.byAndWhy(hold.by, hold.reason), button: text.release, act: can.release }] : []),
        ...(pause ? [{ kind: 'pause', key: 'pause', words: text.paused(moment(pause.since)), more: text.byAndWhy(pause.by, pause.reason), button: text.resume, act: can.resume }] : []),
        ...[...findings].sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'error' ? -1 : 1)).map((f) => ({ kind: f.severity, key: `${f.code} ${f.about} ${f.sentence}`, words: capital(f.sentence), more: f.remedy, steps: f.steps })),
    ];
    return all.length ? all : [current.state === 'ok' ? { kind: 'well', key: 'well', words: text.allWell, more: '' } : { kind: 'working', key: 'working', words: text.isWorking, more: '' }];
}

function notice() {
    let act = null;
    const mark = icon('check');
    const words = element('p', { class: 'notice-words' });
    const more = element('p', { class: 'notice-more' });
    const phase = element('span', { class: 'notice-phase' });
    const lines = element('pre', { class: 'steps-text', tabindex: 0 });
    const copy = element('button', { type: 'button', class: 'quiet', on: { click: async () => {
        await navigator.clipboard?.writeText(lines.textContent);
        setText(copy, text.copied);
    } } }, text.copy);
    const steps = element('details', { class: 'notice-steps' }, element('summary', {}, text.steps), lines, copy);
    const button = element('button', { type: 'button', on: { click: () => act?.() } });
    const node = element('li', { class: 'notice' }, mark, element('div', {}, words, element('div', { class: 'notice-row' }, phase, more), steps), button);
    return {
        node,
        update({ one, mayChange }) {
            act = one.act;
            setAttribute(node, 'data-kind', one.kind);
            setIcon(mark, ICON[one.kind]);
            setText(words, one.words);
            setText(more, one.more);
            show(phase, one.phase);
            setText(phase, one.phase ? text.phase[one.phase] : '');
            show(steps, one.steps?.length > 0);
            setText(lines, (one.steps ?? []).join('\n'));
            show(copy, Boolean(navigator.clipboard));
            show(button, one.button);
            setText(button, one.button ?? '');
            button.disabled = !mayChange;
        },
    };
}

export function notices(can) {
    const node = element('ul', { class: 'notices', 'aria-label': text.notices });
    const rows = new Rows(node, notice);
    return {
        node,
        update(state) {
            rows.update(noticesOf(state, can).map((one) => ({ one, mayChange: state.mayChange })), ({ one }) => one.key);
        },
    };
}
