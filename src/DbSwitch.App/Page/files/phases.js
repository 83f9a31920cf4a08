// The phases of a switchover: as steps while it runs, as a stacked bar when it has ended.

import { took } from './clock.js';
import { element, setAttribute, setText, show, svg } from './dom.js';
import { text } from './strings.js';

export const PHASES = ['guard', 'journal', 'pause', 'fence', 'settle', 'database', 'activate', 'verify'];

// Those that every switchover has.
const ALWAYS = ['guard', 'journal'];

/** The phases as they begin: which ones a switchover has depends on what is switched. */
export function steps() {
    const items = PHASES.map((phase) => {
        const state = element('span', { class: 'step-state' });
        const node = element('li', { 'data-phase': phase },
            element('span', { class: 'step-mark', 'aria-hidden': 'true' }),
            element('span', { class: 'step-name' }, text.phase[phase]),
            element('span', { class: 'step-means' }, text.phaseMeans[phase]),
            state);
        return { phase, node, state };
    });
    const node = element('ol', { class: 'steps', 'aria-label': text.phases }, ...items.map((i) => i.node));
    return {
        node,
        /**
         * @param now the phase that is under way; null when all have ended.
         * @param times phase to milliseconds, of those whose time is known.
         * @param seenFrom the first phase that was seen: those before it are over, how long they took is told in the end.
         */
        update(now, times, seenFrom) {
            const at = now === null ? PHASES.length : PHASES.indexOf(now);
            const unseen = now === null ? 0 : PHASES.indexOf(seenFrom);
            items.forEach(({ phase, node: item, state }, i) => {
                const word = times.has(phase) || (i < unseen && ALWAYS.includes(phase)) ? 'done' : phase === now ? 'now' : i < at ? 'skipped' : 'next';
                show(item, word === 'done' || word === 'now');
                setAttribute(item, 'data-state', word);
                setAttribute(item, 'aria-current', word === 'now' ? 'step' : null);
                setText(state, times.has(phase) ? took(times.get(phase)) : text.phaseState[word]);
            });
        },
    };
}

const WIDTH = 1000;
const HEIGHT = 10;
// What took no time to speak of is still seen.
const LEAST = 6;

/** One bar, as long as the switchover took in comparison with the longest one. */
export function bar(phases, longest) {
    const scale = (WIDTH - LEAST * PHASES.length) / longest;
    const label = text.chart(phases.map((p) => text.phaseTook(text.phase[p.phase], took(p.milliseconds))).join(', '));
    const node = svg('svg', { class: 'bar', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
    let x = 0;
    for (const { phase, milliseconds } of phases) {
        const width = LEAST + milliseconds * scale;
        node.append(svg('rect', { x: x.toFixed(1), y: 0, width: width.toFixed(1), height: HEIGHT, 'data-phase': phase }, svg('title', {}, text.phaseTook(text.phase[phase], took(milliseconds)))));
        x += width;
    }
    return node;
}

/** What the colours mean, for those that are in use. */
export function legend(used) {
    return element('ul', { class: 'legend', 'aria-hidden': 'true' }, ...PHASES.filter((p) => used.has(p)).map((p) => element('li', { 'data-phase': p }, text.phase[p])));
}
