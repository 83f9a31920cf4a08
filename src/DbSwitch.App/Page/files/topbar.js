// The top: which switch, whether what is shown is of now, and who looks.

import { element, Rows, setAttribute, setText, show, svg } from './dom.js';
import { text } from './strings.js';

function logo() {
    return svg('svg', { class: 'logo', viewBox: '0 0 32 32', 'aria-hidden': 'true' },
        svg('path', { class: 'logo-lit', d: 'M5 16h6c6 0 5-8 12-8' }),
        svg('path', { class: 'logo-dim', d: 'M11 16c6 0 5 8 12 8' }),
        svg('circle', { cx: 5, cy: 16, r: 4 }),
        svg('circle', { cx: 26, cy: 8, r: 4 }));
}

function tab(name, choose) {
    const dot = element('span', { class: 'dot', 'aria-hidden': 'true' });
    const node = element('li', {}, element('button', { type: 'button', class: 'tab', on: { click: () => choose(name) } }, dot, element('span', {}, name)));
    return {
        node,
        update({ view, isCurrent }) {
            setAttribute(node.firstChild, 'aria-current', isCurrent ? 'page' : null);
            setAttribute(dot, 'data-state', view.state);
        },
    };
}

export function topbar({ choose, enterToken, forgetToken }) {
    const tabs = element('ul', { class: 'tabs' });
    const rows = new Rows(tabs, (name) => tab(name, choose));
    const linkWord = element('span');
    const link = element('p', { class: 'link' }, element('span', { class: 'dot', 'aria-hidden': 'true' }), linkWord);
    const who = element('span', { class: 'who' });
    const enter = element('button', { type: 'button', class: 'quiet', on: { click: enterToken } }, text.giveToken);
    const forget = element('button', { type: 'button', class: 'quiet', on: { click: forgetToken } }, text.forgetToken);
    const node = element('header', { class: 'top' },
        element('div', { class: 'brand' }, logo(), element('span', {}, text.product)),
        element('nav', { 'aria-label': text.switches }, tabs),
        element('div', { class: 'caller' }, link, who, enter, forget));
    return {
        node,
        update(state) {
            rows.update([...state.switches.values()].map((view) => ({ view, isCurrent: view.name === state.current?.name })), (t) => t.view.name);
            setAttribute(link, 'data-link', state.link);
            setText(linkWord, { connecting: text.connecting, up: text.live, down: text.lost, denied: text.lost }[state.link]);
            const isOperator = state.caller?.role === 'operator';
            setText(who, state.caller === null ? '' : isOperator || state.hasToken ? text.who(state.caller.name) : text.lookOnly);
            show(enter, !isOperator && !state.hasToken && state.caller?.tokens !== false);
            show(forget, state.hasToken);
        },
    };
}
