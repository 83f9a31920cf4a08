// Where the clients go, in one sentence; since when, by whom and why; and what can be done about it.

import { moment, since, span } from './clock.js';
import { element, setAttribute, setText } from './dom.js';
import { text } from './strings.js';

/** What clients experience, in the manager's words: what comes before the target's name, and the name where the sentence ends with it. */
export function headlineOf(view) {
    const { sentence } = view.clients;
    const name = view.running?.to ?? view.selection?.target;
    return name && sentence.endsWith(` ${name}`) ? [sentence.slice(0, -name.length), name] : [sentence, ''];
}

export function headline({ hold, pause, selectNone }) {
    const words = element('span');
    const name = element('span', { class: 'name' });
    const time = element('time');
    const generation = element('span');
    const by = element('span');
    const reason = element('span', { class: 'reason' });
    const button = (label, click) => element('button', { type: 'button', on: { click } }, label);
    const actions = [button(text.hold, hold), button(text.pause, pause), button(text.selectNone, selectNone)];
    actions[2].className = 'danger';
    const title = element('h1', {}, words, name);
    const node = element('div', { class: 'headline' },
        title,
        element('p', { class: 'since' }, time, generation, by, reason),
        element('div', { class: 'actions' }, ...actions));
    return {
        node,
        update({ current, mayChange }) {
            const [before, target] = current ? headlineOf(current) : [text.notKnown, ''];
            setText(words, before);
            setText(name, target);
            setAttribute(title, 'data-clients', current?.clients.state);
            const s = current?.selection;
            const selected = s && current.clients.state !== 'served' && current.clients.state !== 'waiting' ? text.isSelectedSince(s.target) : '';
            setText(time, s ? selected + text.sinceFor(moment(s.since), span(since(s.since))) : '');
            setAttribute(time, 'datetime', s?.since);
            setText(generation, s ? text.generation(s.generation) : '');
            setText(by, s?.by ? text.byWhom(s.by) : '');
            setText(reason, s?.reason ? text.quoted(s.reason) : '');
            const isFree = mayChange && current && !current.running;
            [isFree && !current.hold && !current.pause, isFree && !current.pause && !current.hold, isFree && !current.pause && current.selection?.target].forEach((may, i) => {
                actions[i].disabled = !may;
            });
        },
    };
}
