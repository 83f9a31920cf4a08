// Another target: first what will happen, then the phases as they happen, in the end one sentence.

import { api, Unreachable } from './api.js';
import { button, Dialog, field, secondsInput, textInput } from './dialog.js';
import { element, icon, setAttribute, setIcon, setText, show } from './dom.js';
import { drainOf } from './notices.js';
import { steps } from './phases.js';
import { guardList } from './picture.js';
import { text } from './strings.js';

const ICON = { succeeded: 'check', unchanged: 'check', 'rolled-back': 'move', partial: 'alert', refused: 'cross', running: 'arrow' };
const TYPING = 300;

/** @param target null for none. @param state gives what the page knows now; `update` is called when that is more. */
export function switchDialog(name, target, state, { announce }) {
    const view = () => state().switches.get(name);
    let generation = view().selection?.generation;
    let asked = 0;
    let id = null;
    let ended = null;
    const times = new Map();
    let phase = null;
    let phaseSince = 0;
    let seenFrom = null;
    let isSent = false;
    let isRefused = false;

    // What will happen
    const foreseen = element('p', { class: 'foreseen', 'aria-live': 'polite' }, text.checking);
    const details = element('ul', { class: 'foreseen-details' });
    const guards = guardList();
    const reason = textInput();
    const drain = secondsInput({ placeholder: text.asConfigured });
    const force = element('input', { type: 'checkbox', id: 'force' });
    const forcing = element('div', { class: 'force', hidden: true }, force, element('label', { for: 'force' }, text.force));
    const asking = element('div', { class: 'asking' },
        element('section', { class: 'foresight', 'aria-label': text.whatHappens }, element('h3', {}, text.whatHappens), target === null ? element('p', { class: 'warning' }, text.outage) : null, foreseen, details, guards.node, forcing),
        field(text.reason, reason, text.reasonHint),
        field(text.drain, drain, text.drainHint, text.drainUnit));

    // The phases and the end
    const stepList = steps();
    const mark = icon('arrow');
    const outcome = element('strong', {}, text.isGoing);
    const sentence = element('p', { class: 'sentence' }, text.whileRunning);
    const draining = element('p', { class: 'draining', 'aria-live': 'off' });
    const notes = element('ul', { class: 'notes' });
    const going = element('div', { class: 'going', hidden: true }, stepList.node,
        element('div', { class: 'outcome', role: 'status' }, mark, element('div', {}, outcome, sentence, draining, notes)));

    const cancel = button(text.cancel, () => dialog.close());
    const back = button(text.takeBack, takeBack, { hidden: true });
    const go = button(text.doSelect(target), null, { type: 'submit', class: target === null ? 'primary danger' : 'primary' });
    const dialog = new Dialog({ title: text.selectTitle(target), body: [asking, going], buttons: [back, cancel, go], submit: send, wide: true });

    const body = () => ({
        ...(target === null ? { none: true } : { target }),
        ...(drain.value === '' ? {} : { drain: drain.valueAsNumber }),
        reason: reason.value,
        ifGeneration: generation,
        force: force.checked,
    });

    async function foresee() {
        const mine = ++asked;
        try {
            const answer = await api.foresee(name, { ...body(), reason: '' });
            if (mine === asked) {
                isRefused = false;
                shows(answer.outcome === 'foreseen', answer.message, answer.details ?? [], answer.guards ?? []);
            }
        } catch (e) {
            if (mine === asked) {
                isRefused = true;
                shows(false, e.message, [], guardsNow());
            }
        }
    }

    function shows(may, words, lines, found) {
        setText(foreseen, words);
        setAttribute(foreseen, 'data-may', String(may));
        details.replaceChildren(...lines.map((line) => element('li', {}, line)));
        showGuards(found);
        go.disabled = !may;
    }

    function showGuards(found) {
        guards.update(found);
        show(forcing, force.checked || found.some((g) => g.verdict !== 'passed'));
    }

    function guardsNow() {
        return view()?.targets.find((t) => t.name === target)?.guards ?? [];
    }

    async function send() {
        isSent = true;
        asked++;
        dialog.keepHeight();
        show(asking, false);
        show(going, true);
        show(go, false);
        show(back, true);
        setText(cancel, text.close);
        cancel.focus();
        phase = 'guard';
        phaseSince = performance.now();
        draw();
        try {
            const answer = await api.select(name, body());
            id = answer.switchover?.id ?? id;
            if (answer.outcome !== 'running') {
                end(answer.outcome, answer.message, answer.switchover?.report);
            }
        } catch (e) {
            if (e instanceof Unreachable) {
                setText(sentence, text.lostMeanwhile);
            } else {
                end('refused', e.message, null);
            }
        }
        update();
    }

    async function takeBack() {
        back.disabled = true;
        try {
            await api.abort(name, id ?? view()?.running?.id);
        } catch (e) {
            dialog.error(e.message);
        }
    }

    function end(result, words, report) {
        if (ended !== null) {
            return;
        }
        ended = result;
        report?.phases.forEach((p) => times.set(p.phase, p.milliseconds));
        phase = null;
        setAttribute(going, 'data-result', result);
        setIcon(mark, ICON[result]);
        setText(outcome, text.result[result]);
        setText(sentence, words);
        setText(draining, '');
        notes.replaceChildren(...(report?.notes ?? []).map((note) => element('li', {}, note)));
        show(back, false);
        dialog.error(null);
        draw();
    }

    function draw() {
        stepList.update(phase, times, seenFrom ?? phase);
    }

    /** What the page has heard since. */
    function update() {
        const now = view();
        if (!isSent) {
            if (now?.selection && now.selection.generation !== generation) {
                generation = now.selection.generation;
                announce(text.movedMeanwhile(generation));
                dialog.error(text.movedMeanwhile(generation));
                foresee();
            } else if (isRefused) {
                // A refusal is told without its guards, and what the manager has learnt of the target may come after it.
                showGuards(guardsNow());
            }
            return;
        }
        if (ended !== null) {
            return;
        }
        const running = now?.running;
        if (id === null && running && running.to === target && running.by === state().caller?.name) {
            id = running.id;
        }
        const last = id === null ? null : state().switchovers.get(`${name} ${id}`);
        const at = last?.phase ?? (running?.id === id ? running?.phase : null);
        if (last && last.result !== 'running') {
            end(last.result, last.message, last.report);
        } else if (at && at !== phase) {
            if (seenFrom !== null) {
                times.set(phase, performance.now() - phaseSince);
            }
            seenFrom ??= at;
            [phase, phaseSince] = [at, performance.now()];
            draw();
        }
        const drain = running?.id === id ? drainOf(running) : null;
        setText(draining, ended === null && drain ? drain : '');
        if (state().link === 'down') {
            setText(sentence, text.lostMeanwhile);
        }
    }

    /** The manager is back after it was lost: what came of it is asked for. */
    async function managerIsBack() {
        if (isSent && ended === null && id !== null) {
            const found = await api.switchover(name, id).catch(() => null);
            if (found && found.result !== 'running') {
                end(found.result, found.message, found.report);
            } else if (found) {
                setText(sentence, text.whileRunning);
            }
        }
    }

    let typing;
    drain.addEventListener('input', () => {
        clearTimeout(typing);
        go.disabled = true;
        typing = setTimeout(foresee, TYPING);
    });
    force.addEventListener('change', foresee);
    go.disabled = true;
    dialog.open();
    reason.focus();
    foresee();
    return { update, managerIsBack, get isOpen() { return dialog.isOpen; } };
}
